"""One desk over many workspaces: each client's work stands under its own name, and none hides another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.cases.models import Case
from core.customers import service as customers
from core.db import scope
from core.db.base import db
from core.engagements import service as engagements
from core.identity import people
from core.testing.people import make_world


@pytest.fixture(scope="module")
def clients(app):
    """Two clients for whom dan works as an agent, with a case of his at each."""
    first, second = make_world(app, verticals=("telecom",)), make_world(app, verticals=("telecom",))
    with app.app_context():
        session = db.session()
        scope.enter(session, second.alice.context)
        row = people.add_participant(
            session, user_id=first.dan.context.user_id, shown_name="Dan", roles=["agent"], party="provider",
            engagement_id=second.engagement_id,
        )  # fmt: skip
        again = row.id
        session.commit()
        for world, who, title in ((first, first.dan.context.participant_id, "Line down"), (second, again, "New phone")):
            scope.enter(session, world.alice.context)
            by = world.alice.context
            customer = customers.create_customer(session, context=by, values={"name": "Wu Min"}).id
            now = datetime.now(UTC)
            session.add(
                Case(number=777, customer_id=customer, workflow="telecom.complaint", workflow_version="1", state="received",
                     title=title, opened_at=now, entered_at=now, assignee_id=who, due_at=now - timedelta(hours=1))
            )  # fmt: skip
            session.flush()
            engagements.lease_customers(
                session, context=by, engagement_id=world.engagement_id, customer_ids=[customer], purpose="retention",
                expires_at=now + timedelta(days=9),
            )  # fmt: skip
            session.commit()
        db.session.remove()
    return first, second


def places(text):
    """The parts of the desk by the workspace they stand under."""
    found = text.split('<section class="card desk-place"')[1:]
    return {part.split('id="place-')[1].split('"')[0]: part for part in found}


def test_the_work_of_each_client_stands_under_its_name_and_nowhere_else(clients, sign_in) -> None:
    first, second = clients
    page = sign_in(first.dan).client.get("/desk")
    assert page.status_code == 200
    at = places(page.text)
    assert at.keys() == {first.engagement_slug, second.engagement_slug}
    here, there = at[first.engagement_slug], at[second.engagement_slug]
    assert "Line down" in here
    assert "Line down" not in there
    assert "New phone" in there
    assert "New phone" not in here
    assert f"/t/{first.engagement_slug}/cases/" in here
    assert f"/t/{second.engagement_slug}/" not in here
    assert "Wu Min" not in page.text, "an agent of a provider sees the name masked, here too"


def test_a_workspace_that_fails_hides_no_other(clients, sign_in, monkeypatch) -> None:
    from core.cases import desk
    from core.errors import Unavailable

    first, second = clients
    read = desk.case_page

    def broken(session, *, context, **more):
        if context.tenant_id == first.tenant_id:
            raise Unavailable
        return read(session, context=context, **more)

    monkeypatch.setattr(desk, "case_page", broken)
    at = places(sign_in(first.dan).client.get("/desk").text)
    assert "Line down" not in at[first.engagement_slug]
    assert "cloudoff" in at[first.engagement_slug]
    assert "New phone" in at[second.engagement_slug]


def test_where_access_has_ended_the_workspace_is_gone_from_the_desk(clients, sign_in, session) -> None:
    first, second = clients
    dan = sign_in(first.dan)
    by = second.alice.context
    scope.enter(session, by)
    from core.identity import directory

    again = next(
        each.id for each in directory.people_page(session, context=by, engagement_id=second.engagement_id).rows
        if each.user_id == first.dan.context.user_id
    )  # fmt: skip
    people.end_access(session, context=by, participant_id=again, reason="over")
    session.commit()
    assert places(dan.client.get("/desk").text).keys() == {first.engagement_slug}


def test_who_is_signed_out_is_sent_to_the_form(client) -> None:
    answer = client.get("/desk")
    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]


def test_ten_engagements_stand_on_one_desk_each_with_its_own(clients, app, sign_in) -> None:
    """Nine more of one client's, with nothing lent to them: the case of that client stands under its own engagement alone."""
    first = clients[0]
    with app.app_context():
        session = db.session()
        for number in range(9):
            scope.enter(session, first.alice.context)
            made = engagements.open_engagement(
                session, context=first.alice.context, provider=engagements.Partner(first.provider_id, "Clearline"),
                name=f"Season {number}", slug=f"{first.slug}-s{number}", purpose="service",
            )  # fmt: skip
            people.add_participant(
                session, user_id=first.dan.context.user_id, shown_name="Dan", roles=["agent"], party="provider",
                engagement_id=made.id,
            )  # fmt: skip
            session.commit()
        db.session.remove()
    at = places(sign_in(first.dan).client.get("/desk").text)
    assert len(at) == 10
    assert [slug for slug, part in at.items() if "Line down" in part] == [first.engagement_slug]
