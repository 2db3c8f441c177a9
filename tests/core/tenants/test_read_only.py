"""A suspended tenant is read and exported, not changed: proved for every writing route there is, for both parties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from core.context import READ_ONLY
from core.db import scope
from core.db.base import db, new_id
from core.errors import Denied
from core.identity import service as identity
from core.jobs import service as jobs
from core.jobs.tasks import job_context, set_going
from core.tenants import life
from core.tenants.models import Tenant
from core.testing.people import World, make_world
from core.web.routes import GUARDS

SAFE = {"GET", "HEAD", "OPTIONS"}

STAY_OPEN = {
    "customers.set_condition", "customers.search", "records.find", "api_records.search",
    "notify.read", "notify.read_all", "approvals.decide", "approvals.withdraw", "configuration_files.export",
    "leaving.ask", "leaving.close", "leaving.call_back", "search.suggest", "search.found", "api_search.create", "exports.ask",
    "api_exports.create", "api_segments.count", "exports.choose", "records.set_condition",
}  # fmt: skip
"""What a suspended organisation still does: read, look at notices, export, go and come back. Others join here."""


def writing(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - SAFE):
            yield rule, method


def address(rule: Rule) -> str:
    values = {name: new_id() if "uuid" in type(c).__name__.lower() else "x" for name, c in rule._converters.items()}
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return str(built[1]).split("|")[-1]


@pytest.fixture(scope="module")
def suspended(app: Flask) -> World:
    world = make_world(app)
    with app.app_context():
        session = db.session()
        scope.enter(session, world.alice.context)
        session.execute(update(Tenant).where(Tenant.id == world.tenant_id).values(state="suspended"))
        session.commit()
        db.session.remove()
    return world


def test_every_writing_page_is_refused_with_the_reason(
    app: Flask, suspended: World, sign_in: Callable[..., Any]
) -> None:
    alice, bob = sign_in(suspended.alice), sign_in(suspended.bob)
    refused = 0
    for rule, method in writing(app):
        if not rule.rule.startswith("/t/<workspace>/") or rule.endpoint in STAY_OPEN:
            continue
        for who in (alice, bob):
            path = address(rule).replace("/t/x/", f"/t/{who.workspace}/", 1)
            answer = who.client.open(path, method=method, headers={"Sec-Fetch-Site": "same-origin"})
            assert answer.status_code == 403, (method, rule.rule, answer.status_code)
            assert "暂停" in answer.text or "suspended" in answer.text, rule.rule
            refused += 1
    assert refused >= 120


def test_every_writing_endpoint_of_the_api_is_refused_with_the_reason(
    app: Flask, suspended: World, session: Session
) -> None:
    scope.enter(session, suspended.alice.context)
    assert suspended.alice.context.participant_id is not None
    _, token = identity.issue_token(
        session, participant_id=suspended.alice.context.participant_id, name="all",
        scopes=sorted(suspended.alice.context.permissions),
    )  # fmt: skip
    session.commit()
    refused = 0
    for rule, method in writing(app):
        if not rule.rule.startswith("/api/") or rule.endpoint in STAY_OPEN:
            continue
        answer = app.test_client().open(
            address(rule), method=method, headers={"Authorization": f"Bearer {token}"}, json={}
        )
        assert answer.status_code == 403, (method, rule.rule, answer.status_code)
        detail = answer.json["detail"]
        assert "suspended" in detail or "暂停" in detail, rule.rule
        refused += 1
    assert refused >= 15


def test_what_stays_open_says_why_and_there_is_no_more_of_it(app: Flask) -> None:
    said = {name for name, guard in GUARDS.items() if guard.while_read_only and name in app.view_functions}
    assert {name for name in said if not GUARDS[name].while_read_only.strip()} == set()
    assert said == STAY_OPEN & app.view_functions.keys()


def test_reading_goes_on(suspended: World, sign_in: Callable[..., Any]) -> None:
    alice = sign_in(suspended.alice)
    for path in ("/customers", "/organisation", "/organisation/leaving", "/organisation/history", "/engagements"):
        page = alice.get(path)
        assert page.status_code == 200, path
        assert "暂停" in page.text or "suspended" in page.text
    assert alice.post("/customers/search", data={"q": "Wu"}).status_code in (200, 303)


def test_a_long_act_of_a_suspended_tenant_stops_with_the_reason(suspended: World, session: Session) -> None:
    context = job_context(tenant_id=suspended.tenant_id, participant_id=None)
    scope.enter(session, context)
    run = jobs.create_run(session, kind="import", settings={})
    set_going(session, context=context, run=run)
    with pytest.raises(Denied, match="suspended"):
        jobs.work(session, context=context, run_id=run.id)


def test_a_second_person_decides_on_an_export_only(suspended: World, session: Session) -> None:
    from dataclasses import replace

    from core.approvals import service as approvals
    from core.context import Life

    scope.enter(session, suspended.alice.context)
    asked = approvals.request(
        session, context=suspended.alice.context, kind="rule.change", permission="rule.approve", message="x", values={},
        subject=("rule", None), payload={},
    )  # fmt: skip
    carol = replace(suspended.carol.context, life=Life(state="suspended"))
    session.commit()
    scope.enter(session, carol)
    with pytest.raises(Denied, match="suspended"):
        approvals.decide(session, context=carol, approval_id=asked.id, version=asked.version, approve=True)


def test_every_read_only_state_has_its_own_words() -> None:
    assert READ_ONLY.keys() == {"suspended", "closing", "deleted", "provider_suspended"}
    assert len(set(READ_ONLY.values())) == 4
    assert all(life.STEPS[event].target in (*READ_ONLY, "active", "trial", "") for event in life.STEPS)
