"""Pages of findings, rules and dry runs, the API of findings, and the edge that keeps the evidence of a refusal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import g
from sqlalchemy import event, select

from core.db import scope
from core.db.base import db
from core.gate import findings
from core.gate.acts import GateDenied, decide_act, refuse
from core.gate.models import Finding, GateDecision
from core.jobs.models import BulkRun
from core.testing.jobs import work_off
from tests.core.gate.acting import WORDS, saying, step, view_of


@pytest.fixture
def raised(session, world, acting, make_customer):
    """A finding on a leased customer, raised by `who`."""

    def make(who) -> Finding:
        customer_id = make_customer()
        context = acting(who)
        finding = findings.raise_finding(
            session, context=context, rule="core.ungated", severity="high", subject=("customer", customer_id),
            customer_id=customer_id, reason={"text": {"zh-CN": "未经准入", "en": "Called past the gate"}, "citation": "§ 9"},
        )  # fmt: skip
        assert finding is not None
        session.expunge(finding)
        session.commit()
        return finding

    return make


def test_a_finding_is_read_and_settled(world, in_english, raised, session, acting):
    finding = raised(world.alice)
    alice = in_english(world.alice)
    listed = alice.get("/findings").text
    assert "Called past the gate" in listed
    page = alice.get(f"/findings/{finding.id}").text
    assert "§ 9" in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert alice.post(f"/findings/{finding.id}/settle", data={"version": version, "note": ""}).status_code == 422
    done = alice.post(f"/findings/{finding.id}/settle", data={"version": version, "note": "Called back"})
    assert done.status_code == 303
    assert "Called back" in alice.get(f"/findings/{finding.id}").text
    assert "Called past the gate" not in alice.get("/findings").text
    assert "Called past the gate" in alice.get("/findings?state=settled").text


def test_a_provider_sees_what_its_own_engagement_found_and_settles_nothing(world, in_english, raised, session):
    own, clients = raised(world.dan), raised(world.alice)
    bob = in_english(world.bob)
    listed = bob.get("/findings").text
    session.rollback()
    assert str(own.id) in listed
    assert str(clients.id) not in listed
    assert bob.get(f"/findings/{own.id}").status_code == 200
    session.rollback()
    assert bob.get(f"/findings/{clients.id}").status_code == 404
    session.rollback()
    assert bob.post(f"/findings/{own.id}/settle", data={"version": "1", "note": "x"}).status_code == 403


def test_rules_are_listed_with_what_they_rest_on_and_law_cannot_be_switched_off(world, in_english):
    alice = in_english(world.alice)
    with alice.client.application.app_context():
        engine = db.engine
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        seen.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", note)
    try:
        listed = alice.get("/rules").text
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([each for each in seen if "FROM gate_decision" in each]) == 2, seen  # however many rules there are
    assert len(seen) <= 12, seen
    assert "telecom.commercial_consent" in listed
    assert "Contact budget" in listed
    page = alice.get("/rules/telecom.commercial_consent").text
    assert "第二十九条" in page
    assert "This rule is law" in page
    refused = alice.post("/rules/telecom.commercial_consent/mode", data={"mode": "off", "reason": "too many"})
    assert refused.status_code == 403
    assert alice.get("/rules/telecom.nothing").status_code == 404
    assert in_english(world.bob).get("/rules").status_code == 403


def test_a_dry_run_begins_on_the_rules_page_and_shows_what_it_found(
    app, world, in_english, session, acting, make_customer
):
    from core.gate import service as gate

    customer_id = make_customer()
    context = acting(world.carol)
    view = app.extensions["kehub"]["catalog"].view(world.alice.context.enabled)
    noon = datetime.now(UTC).replace(hour=4) - timedelta(days=1)
    gate.decide(
        session, context=context, view=view, customer_id=customer_id, purpose="marketing", channel="phone", at=noon
    )
    session.commit()
    alice = in_english(world.alice)
    today = datetime.now(UTC).date()
    form = {"since": str(today - timedelta(days=5)), "until": str(today + timedelta(days=1))}
    wrong = alice.post("/rules/telecom.commercial_consent/trials", data={**form, "until": ""})
    assert wrong.status_code == 422
    begun = alice.post("/rules/telecom.commercial_consent/trials", data=form)
    assert begun.status_code == 303
    work_off(app, tenant_id=world.tenant_id)
    acting(world.alice)
    run = session.scalars(select(BulkRun)).one()
    assert (run.state, run.counts["deny"]) == ("done", 1)
    page = alice.get(f"/rules/telecom.commercial_consent/trials/{run.id}").text
    assert "has not agreed" in page
    assert "1 of 1 decisions" in page


def test_findings_are_read_over_rest(world, client, raised, api):
    finding = raised(world.alice)
    answered = api(world.alice).get("/findings", query_string={"severity": "high"})
    (one,) = answered.json["data"]
    assert (one["id"], one["rule"], one["state"]) == (str(finding.id), "core.ungated", "open")
    assert api(world.bob).get("/findings").json["data"] == []


def test_the_edge_keeps_the_evidence_of_a_refusal(app, world, session, acting, make_customer):
    from core.web.errors import domain_error

    customer_id, case_id = make_customer(), uuid4()
    with app.test_request_context("/t/x/cases"):
        g.context = world.alice.context
        session = db.session()
        scope.enter(session, world.alice.context)
        decision = decide_act(
            session,
            context=world.alice.context,
            view=view_of(saying("no", "deny")),
            act=step(customer_id, case_id=case_id),
        )
        with pytest.raises(GateDenied) as refused:
            refuse(decision)
        response = domain_error(refused.value)
        assert response.status_code == 403
        scope.enter(session, world.alice.context)
        kept = session.scalars(select(GateDecision).where(GateDecision.case_id == case_id)).one()
        assert (kept.verdict, kept.reasons[0]["text"]) == ("deny", WORDS)
