"""Signing an organisation up: nothing is made before the mail is answered, and nobody learns who has an account."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.db import scope
from core.db.base import db, new_id
from core.errors import Conflict, DomainError, Invalid, NotFound
from core.identity import service as identity
from core.jobs.queue import queue
from core.joining import signup
from core.leaving.jobs import mind_trial
from core.limits.budgets import Spent
from core.notify.models import Notification
from core.tenants import address, life
from core.tenants import service as tenants
from core.tenants.models import Tenant, TenantVertical
from core.tenants.queries import filled_context
from core.testing.jobs import work_off
from core.testing.people import World

PASSWORD = "seven quiet herons wade"


@pytest.fixture
def asked(unique: str) -> signup.Asked:
    return signup.Asked(
        name=f"Silver Birch {unique}", slug=unique, kind="client", country="CN", locale="en", time_zone="Asia/Shanghai",
        currency="CNY", verticals=("telecom",), person="Gao Yuan", email=f"gao@{unique}.example.com", password=PASSWORD,
    )  # fmt: skip


@pytest.fixture
def ask(app: Flask, session: Session, unique: str) -> Callable[[signup.Asked], str]:
    """Ask, and the secret of the link that is mailed."""

    def asking(asked: signup.Asked) -> str:
        catalog = app.extensions["kehub"]["catalog"]
        sign_up_id = signup.ask(session, engine=db.engine, asked=asked, catalog=catalog, peer=unique)
        session.commit()
        return signup.secret_of(sign_up_id)

    return asking


def confirm(session: Session, secret: str, password: str = PASSWORD, **more: Any) -> str:
    try:
        place = signup.confirm(session, engine=db.engine, secret=secret, password=password, days=30, **more)
        session.commit()
    except DomainError:
        session.rollback()
        raise
    return place


def test_a_confirmed_sign_up_has_a_workspace_an_administrator_and_a_trial(
    session: Session, asked: signup.Asked, ask: Callable[[signup.Asked], str], app: Flask
) -> None:
    assert confirm(session, ask(asked)) == asked.slug
    scope.enter(session, tenants.system_context(session, workspace=asked.slug))
    tenant = session.scalars(select(Tenant).where(Tenant.name == asked.name)).one()
    assert tenant.state == "trial"
    assert tenant.trial_ends_at is not None
    assert timedelta(days=29) < tenant.trial_ends_at - datetime.now(UTC) <= timedelta(days=30)
    assert session.scalars(select(TenantVertical.key)).all() == ["telecom"]
    assert "tenant.signed_up" in session.scalars(select(AuditEntry.action)).all()
    session.rollback()
    token = identity.sign_in(session, address=asked.email, password=PASSWORD, visit=visit())
    found = identity.session_context(session, token=token, workspace=asked.slug)
    assert found is not None
    assert found.may("tenant.close")
    assert found.life.state == "trial"


def visit() -> identity.Visit:
    return identity.Visit(peer="::1", previous=None, agent="", hours=1)


def test_before_the_mail_is_answered_there_is_nothing(
    session: Session, asked: signup.Asked, ask: Callable[[signup.Asked], str]
) -> None:
    ask(asked)
    with pytest.raises(NotFound):
        tenants.find_workspace(session, workspace=asked.slug)
    stored = session.execute(text("SELECT * FROM sign_ups_waiting()").execution_options(**scope.PLATFORM)).all()
    for row in stored:
        assert asked.email.encode() not in row.sealed
        assert asked.name.encode() not in row.sealed


def test_a_link_serves_once_and_only_for_who_knows_the_password(
    session: Session, asked: signup.Asked, ask: Callable[[signup.Asked], str]
) -> None:
    secret = ask(asked)
    with pytest.raises(Invalid, match="not the password"):
        confirm(session, secret, "another six quiet herons")
    confirm(session, secret)
    with pytest.raises(NotFound, match="link is over"):
        confirm(session, secret)


@pytest.mark.parametrize("bent", [lambda s: s[:-1] + ("0" if s[-1] != "0" else "1"), lambda s: s[:32], lambda _s: "x"])
def test_a_link_that_we_did_not_write_opens_nothing(
    session: Session, asked: signup.Asked, ask: Callable[[signup.Asked], str], bent: Callable[[str], str]
) -> None:
    with pytest.raises(NotFound):
        signup.waiting(session, secret=bent(ask(asked)))
    with pytest.raises(NotFound):
        signup.waiting(session, secret=signup.secret_of(new_id()))


def test_whoever_has_an_account_confirms_with_its_password_and_keeps_it(
    session: Session, world: World, asked: signup.Asked, ask: Callable[[signup.Asked], str]
) -> None:
    secret = ask(replace(asked, email=world.alice.email))
    with pytest.raises(Invalid):
        confirm(session, secret, PASSWORD)
    assert confirm(session, secret, world.alice.password) == asked.slug
    token = identity.sign_in(session, address=world.alice.email, password=world.alice.password, visit=visit())
    assert {place.slug for place in identity.workplaces(session, token=token)} == {world.slug, asked.slug}


def test_the_page_answers_alike_for_a_known_and_an_unknown_address(app: Flask, world: World, unique: str) -> None:
    answers = []
    for number, email in enumerate((world.alice.email, f"new.{unique}@example.com")):
        form = {
            "name": f"Silver Birch {unique}", "slug": f"{unique}-{'ab'[number]}", "kind": "client", "country": "CN", "locale": "en",
            "time_zone": "Asia/Shanghai", "currency": "CNY", "person": "Gao Yuan", "email": email, "password": PASSWORD,
        }  # fmt: skip
        answer = app.test_client().post("/signup", data=form, headers={"Sec-Fetch-Site": "same-origin"})
        answers.append((answer.status_code, answer.text.replace(email, "EMAIL")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 200


def test_a_mailbox_is_written_to_three_times_an_hour_and_the_answer_stays_the_same(
    session: Session, asked: signup.Asked, ask: Callable[[signup.Asked], str]
) -> None:
    secrets = [ask(replace(asked, slug=f"{asked.slug}-{number}")) for number in "abcd"]
    opened = []
    for secret in secrets:
        try:
            signup.waiting(session, secret=secret)
            opened.append(True)
        except NotFound:
            opened.append(False)
    assert opened == [True, True, True, False]


def test_a_network_that_signs_up_too_often_waits(
    session: Session, asked: signup.Asked, ask: Callable[[signup.Asked], str]
) -> None:
    for number in range(20):
        ask(replace(asked, slug=f"{asked.slug}-{number}", email=f"{number}.{asked.email}"))
    with pytest.raises(Spent):
        ask(asked)
    session.rollback()


def test_an_address_that_was_taken_meanwhile_is_asked_for_anew(
    session: Session, asked: signup.Asked, ask: Callable[[signup.Asked], str]
) -> None:
    secret = ask(asked)
    tenants.create_tenant(session, slug=asked.slug, name="First", kinds=["client"])
    session.commit()
    with pytest.raises(Conflict) as told:
        confirm(session, secret)
    assert told.value.field == "slug"
    assert confirm(session, secret, slug=f"{asked.slug}-two") == f"{asked.slug}-two"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": " "}, "name"),
    "a name of two alphabets": ({"name": "Нarbour"}, "name"),
    "a name with a hidden character": ({"name": "Har\u200bbour"}, "name"),
    "an address for the platform": ({"slug": "login"}, "slug"),
    "one that looks like it": ({"slug": "log-1n"}, "slug"),
    "an address of other letters": ({"slug": "Ärger"}, "slug"),
    "an unknown kind": ({"kind": "vendor"}, "kind"),
    "an unknown country": ({"country": "XX"}, "country"),
    "an unknown language": ({"locale": "tlh"}, "locale"),
    "an unknown zone": ({"time_zone": "Asia/Atlantis"}, "time_zone"),
    "an unknown currency": ({"currency": "XYZ"}, "currency"),
    "a sector that is not installed": ({"verticals": ("mining",)}, "verticals"),
    "no person": ({"person": ""}, "person"),
    "an address that is none": ({"email": "gao at example.com"}, "email"),
    "a second line in the address": ({"email": "gao@example.com\nBcc: x@y.zz"}, "email"),
    "a short password": ({"password": "short"}, "password"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_at_its_field(
    session: Session, asked: signup.Asked, ask: Callable[[signup.Asked], str], what: str
) -> None:
    changed, field = WRONG[what]
    with pytest.raises(Invalid) as refused:
        ask(replace(asked, **changed))
    session.rollback()
    assert [each.field for each in refused.value.errors] == [field]


def test_an_address_that_looks_like_a_tenants_is_not_given(session: Session) -> None:
    from secrets import token_hex

    word = f"corn-{token_hex(4)}-lil".replace("0", "5").replace("1", "7")
    tenants.create_tenant(session, slug=word, name="Corn", kinds=["client"])
    session.commit()
    for alike in (
        word.replace("lil", "1i1"),
        word.replace("-", ""),
        word.replace("corn", "c0rn"),
        word.replace("rn", "m"),
    ):
        assert isinstance(address.problem_with(session, slug=alike), Conflict), alike


def test_the_address_is_suggested_from_the_name_else_from_the_mail(session: Session, unique: str) -> None:
    assert address.suggested(session, name=f"Crème {unique} & Co.") == f"creme-{unique}-co"
    assert address.suggested(session, name="港湾银行", email=f"gao@{unique}.example.com") == unique
    assert address.suggested(session, name="港湾银行") == ""


def test_the_mail_carries_the_link(app: Flask, session: Session, asked: signup.Asked, ask: Callable[[signup.Asked], str],
                                   monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from core.notify import smtp

    sent = []
    monkeypatch.setattr(smtp, "send", lambda _server, letter: sent.append(letter))
    monkeypatch.setitem(
        app.extensions["kehub"], "config", replace(app.extensions["kehub"]["config"], smtp_url="smtp://localhost")
    )
    secret = ask(asked)
    queue.tasks["send_sign_up"](sign_up_id=str(signup.waiting(session, secret=secret)[0]), locale="en")
    [letter] = sent
    assert letter["To"] == asked.email
    body = letter.get_body(("plain",)).get_content()
    assert re.search(rf"/signup/{secret}\b", body)


def test_a_closed_installation_takes_none(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(app.extensions["kehub"]["config"], sign_up=False)
    monkeypatch.setitem(app.extensions["kehub"], "config", config)
    assert app.test_client().get("/signup").status_code == 409


# -- the trial -----------------------------------------------------------------------------------------------------------


def trial_of(session: Session, world: World, left: timedelta) -> Any:
    context = tenants.system_context(session, workspace=world.slug)
    scope.enter(session, context)
    life.begin_trial(session, context=context, days=30)
    ends = datetime.now(UTC) + left
    session.execute(update(Tenant).where(Tenant.id == world.tenant_id).values(trial_ends_at=ends))
    session.commit()
    scope.enter(session, context)
    return filled_context(session, context=context)


@pytest.mark.parametrize(("left", "told"), [(8, 0), (6.5, 1), (2.5, 1), (0.5, 1)])
def test_administrators_are_told_seven_three_and_one_days_ahead(
    app: Flask, session: Session, world: World, left: float, told: int
) -> None:
    context = trial_of(session, world, timedelta(days=left))
    mind_trial(session, context=context)
    mind_trial(session, context=context)  # the clock may strike twice
    session.commit()
    work_off(app, tenant_id=world.tenant_id)
    scope.enter(session, world.alice.context)
    own = Notification.participant_id == world.alice.context.participant_id
    wanted = select(func.count(Notification.id)).where(Notification.kind == "tenant.trial_ending", own)
    assert session.scalar(wanted) == told


def test_a_trial_that_is_over_is_suspended_by_the_clock_and_activated_by_the_operator(
    session: Session, world: World
) -> None:
    context = trial_of(session, world, timedelta(seconds=-1))
    mind_trial(session, context=context)
    session.commit()
    scope.enter(session, context)
    assert session.scalar(select(Tenant.state)) == "suspended"
    assert life.move(session, context=context, event="activate", reason="Paid").state == "active"
    session.commit()
    scope.enter(session, context)
    assert [(row.event, row.party) for row in life.history(session)] == [
        ("activate", "system"), ("suspend", "system"), ("sign_up", "system"),
    ]  # fmt: skip


def test_the_hourly_job_finds_whose_time_has_come(app: Flask, session: Session, world: World) -> None:
    trial_of(session, world, timedelta(seconds=-1))
    session.rollback()
    queue.tasks["tenant_deadlines"](timestamp=0)
    work_off(app, tenant_id=world.tenant_id)
    with app.app_context():
        fresh = db.session()
        scope.enter(fresh, tenants.system_context(fresh, workspace=world.slug))
        assert fresh.scalar(select(Tenant.state)) == "suspended"
        db.session.remove()


# -- the first steps -----------------------------------------------------------------------------------------------------


def test_the_first_steps_are_ticked_by_what_is_there(
    session: Session, world: World, sign_in: Callable[..., Any]
) -> None:
    from core.joining.steps import KNOWN

    alice = sign_in(world.alice)
    page = alice.get("/welcome")
    assert page.status_code == 200
    done = [known.done(session, world.alice.context) for known in KNOWN] if _entered(session, world) else []
    assert done == [True, True, False, False, False, True]
    assert alice.post("/customers/new", data={"name": "Wu", "kind": "person"}).status_code in (302, 303)
    session.rollback()
    assert _entered(session, world)
    assert [known.done(session, world.alice.context) for known in KNOWN][2] is True


def _entered(session: Session, world: World) -> bool:
    scope.enter(session, world.alice.context)
    return True
