"""May we contact this customer now? The answer, why, and the law."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from core.contacts import service as contacts
from core.contacts.models import DoNotContact
from core.customers.models import Customer
from core.db import append, scope
from core.db.base import new_id
from core.errors import Invalid, NotFound
from core.gate import service as gate
from core.gate.models import GateDecision
from core.timeline.models import TimelineEntry
from tests.core.gate.acting import sent

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai."""


@pytest.fixture
def ask(session, world, view, acting):
    """The stored decision on one question, asked by dan at noon unless said otherwise."""

    def decide(customer_id, *, by=None, purpose="retention", channel="phone", at=NOON, rules=None) -> GateDecision:
        context = acting(by or world.dan)
        decision = gate.decide(
            session, context=context, view=rules or view, customer_id=customer_id, purpose=purpose, channel=channel,
            at=at,
        )  # fmt: skip
        session.commit()
        scope.enter(session, context)
        return decision

    return decide


def said(decision: GateDecision) -> dict[str, str]:
    return {reason["rule"]: reason["verdict"] for reason in decision.reasons}


def test_selling_without_consent_is_denied_with_the_article_and_its_number(make_customer, ask):
    decision = ask(make_customer())
    assert decision.verdict == "deny"
    first = decision.reasons[0]
    assert first["rule"] == "telecom.commercial_consent"
    assert "第二十九条" in first["citation"]
    assert first["text"]["en"].startswith("The customer has not agreed")
    used = first["parameters"]["telecom.consent_proof_months"]
    assert (used["value"], used["unit"]) == ("5", "months")
    assert used["source_title"]


def test_the_denial_is_in_the_store_on_the_timeline_and_in_the_trail_afterwards(
    acting, session, world, make_customer, ask
):
    customer_id = make_customer()
    ask(customer_id)
    acting(world.alice)
    kept = session.scalars(select(GateDecision).where(GateDecision.customer_id == customer_id)).one()
    assert (kept.verdict, kept.party) == ("deny", "provider")
    entry = session.scalars(select(TimelineEntry).where(TimelineEntry.subject_id == kept.id)).one()
    assert entry.message.startswith("Gate: denied")


def test_what_each_rule_said_is_read_alike_from_decisions_of_any_day(session, view, make_customer, ask):
    """They are kept by what was said; earlier ones have an object for each rule."""
    decision, earlier = ask(make_customer()), new_id()
    asked = dict(decision.rules)
    names = [f'"{each.name}"' for each in GateDecision.__table__.columns if each.name not in ("id", "number", "rules")]
    copied = text(
        f"INSERT INTO gate_decision (id, number, rules, {', '.join(names)}) SELECT :id, -1, cast(:rules AS jsonb),"
        f" {', '.join(names)} FROM gate_decision WHERE id = :of"
    )
    values = {"id": earlier, "of": decision.id, "rules": json.dumps(asked)}
    session.execute(copied.execution_options(**scope.RLS_ONLY), values)
    session.refresh(decision)
    for each in (decision, session.get_one(GateDecision, (decision.tenant_id, earlier))):
        assert each.rules == asked
        assert gate.replay(each, view=view).verdict == decision.verdict
        assert gate.replay(each, view=view).rules.keys() == asked.keys()


def test_with_consent_a_contact_is_allowed_for_fifteen_minutes(make_customer, ask):
    decision = ask(make_customer(consent="granted"))
    assert decision.verdict == "allow"
    assert decision.valid_until == NOON + timedelta(minutes=15)
    assert said(decision) == {"core.contact_window": "allow"}


def test_an_allowance_ends_with_the_contact_hours(make_customer, ask):
    almost_nine = datetime(2026, 11, 20, 12, 55, tzinfo=UTC)
    decision = ask(make_customer(consent="granted"), at=almost_nine)
    assert decision.verdict == "allow"
    assert decision.valid_until == datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


def test_service_contact_needs_no_consent_and_keeps_no_hours(make_customer, ask):
    night = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    assert ask(make_customer(), purpose="service", at=night).verdict == "allow"


def test_too_late_in_the_evening_is_deferred_to_nine_the_next_morning(make_customer, ask):
    customer_id = make_customer(consent="granted")
    decision = ask(customer_id, at=datetime(2026, 11, 20, 14, 0, tzinfo=UTC))
    assert decision.verdict == "defer"
    assert decision.until == datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    assert decision.reasons[0]["parameters"]["telecom.marketing_window_start"]["value"] == "09:00"
    assert ask(customer_id, at=decision.until).verdict == "allow"


def test_the_hours_are_those_of_the_customers_own_clock(make_customer, ask):
    customer_id = make_customer(consent="granted", time_zone="America/New_York")
    assert ask(customer_id, at=NOON).verdict == "defer"
    assert ask(customer_id, at=datetime(2026, 11, 20, 15, 0, tzinfo=UTC)).verdict == "allow"


def test_without_a_number_nobody_can_be_called(make_customer, ask):
    decision = ask(make_customer(consent="granted", phone=None))
    assert decision.verdict == "deny"
    assert decision.reasons[0]["text"]["en"] == "No phone number on file."


def test_do_not_contact_outranks_a_consent(acting, session, world, make_customer, ask):
    customer_id = make_customer(consent="granted")
    acting(world.alice)
    contacts.add_do_not_contact(
        session, context=world.alice.context, customer_id=customer_id, purpose="marketing", reason="asked on 12 Nov"
    )
    session.commit()
    assert said(ask(customer_id))["core.do_not_contact"] == "deny"
    assert ask(customer_id, purpose="service").verdict == "allow"


def test_a_refused_number_is_refused_whoever_has_it_and_the_provider_does_not_see_the_entry(
    acting, session, world, make_customer, ask
):
    customer_id = make_customer(consent="granted")
    acting(world.alice)
    contacts.add_contact_point(
        session, context=world.alice.context, customer_id=customer_id, kind="phone", value="139 1234 1369"
    )
    session.add(DoNotContact(value_key="+8613912341369", reason="register", purpose="any"))
    session.commit()
    assert said(ask(customer_id))["core.do_not_contact"] == "deny"
    assert session.scalars(select(DoNotContact)).all() == []


def test_a_bill_shock_is_explained_before_anything_is_sold(make_customer, ask):
    """T-R2: more than five times the mean of three months."""
    bill = {"telecom": {"monthly_charge": 60000, "charge_mean_3m": 10000}}
    customer_id = make_customer(consent="granted", attributes=bill)
    decision = ask(customer_id)
    assert decision.verdict == "hold"
    assert decision.reasons[0]["parameters"]["telecom.bill_shock_multiple"]["value"] == "5"
    assert ask(customer_id, purpose="service").verdict == "warn"


def test_the_strictest_reason_comes_first(make_customer, ask):
    bill = {"telecom": {"monthly_charge": 60000, "charge_mean_3m": 10000}}
    decision = ask(make_customer(attributes=bill), at=datetime(2026, 11, 20, 14, 0, tzinfo=UTC))
    verdicts = [reason["verdict"] for reason in decision.reasons]
    assert verdicts == ["deny", "hold", "defer"]


def test_rules_of_a_vertical_that_is_off_do_not_run(app, make_customer, ask):
    off = app.extensions["kehub"]["catalog"].view(frozenset())
    decision = ask(make_customer(), rules=off)
    assert decision.verdict == "allow"
    assert not any(rule.startswith("telecom.") for rule in decision.rules)


def test_consents_count_by_their_time_not_by_the_order_they_were_written_in(acting, session, world, make_customer, ask):
    answers = [("granted", 3), ("withdrawn", 1), ("granted", 2)]
    orders = (answers, answers[::-1], [answers[1], answers[0], answers[2]])
    found = []
    for order in orders:
        customer_id = make_customer()
        acting(world.alice)
        for status, days_ago in order:
            contacts.record_consent(
                session, context=world.alice.context, customer_id=customer_id, purpose="marketing", channel="phone",
                status=status, captured_at=datetime.now(UTC) - timedelta(days=500 + days_ago),
            )  # fmt: skip
        session.commit()
        found.append(ask(customer_id).verdict)
    assert found == ["deny", "deny", "deny"]


def test_a_consent_that_has_run_out_is_as_if_never_given(acting, session, world, make_customer, ask):
    customer_id = make_customer()
    acting(world.alice)
    contacts.record_consent(
        session, context=world.alice.context, customer_id=customer_id, purpose="marketing", channel="any",
        status="granted", captured_at=datetime.now(UTC) - timedelta(days=500), expires_at=NOON - timedelta(hours=1),
    )  # fmt: skip
    session.commit()
    assert ask(customer_id).reasons[0]["code"] == "telecom.consent_missing"
    assert ask(customer_id, at=NOON - timedelta(hours=2)).verdict == "allow"


def test_a_customer_that_is_not_leased_is_not_there(make_customer, ask):
    with pytest.raises(NotFound):
        ask(make_customer(leased=False))


def test_the_client_may_ask_about_all_its_customers_but_of_no_other_tenant(app, world, make_customer, ask):
    from core.testing.people import make_world

    customer_id = make_customer(leased=False)
    assert ask(customer_id, by=world.carol).verdict == "deny"
    stranger = make_world(app)
    with pytest.raises(NotFound):
        ask(customer_id, by=stranger.carol)


def test_an_archived_customer_is_left_alone(acting, session, world, make_customer, ask):
    customer_id = make_customer(consent="granted")
    acting(world.alice)
    session.scalars(select(Customer).where(Customer.id == customer_id)).one().state = "archived"
    session.commit()
    assert said(ask(customer_id, purpose="service"))["core.customer_active"] == "deny"


def test_what_is_no_purpose_or_channel_is_refused(make_customer, ask):
    customer_id = make_customer()
    with pytest.raises(Invalid) as purpose:
        ask(customer_id, purpose="fun")
    with pytest.raises(Invalid) as channel:
        ask(customer_id, channel="drum")
    assert (purpose.value.field, channel.value.field) == ("purpose", "channel")


def test_a_decision_holds_no_name_and_no_number_of_the_customer(make_customer, ask):
    decision = ask(make_customer(consent="granted", email="wu.min@example.com"))
    stored = f"{decision.subject}{decision.reasons}{decision.rules}"
    assert "吴敏" not in stored
    assert "13912341369" not in stored
    assert "wu.min" not in stored


@pytest.mark.parametrize("who", ["dan", "carol"])
def test_a_decision_takes_few_statements(session, world, view, make_customer, who):
    customer_id = make_customer(consent="granted")
    context = getattr(world, who).context
    scope.enter(session, context)
    with sent(session) as seen:
        gate.decide(session, context=context, view=view, customer_id=customer_id, purpose="retention",
                    channel="phone", at=NOON)  # fmt: skip
        append.send(session)
    facts, kept = seen
    assert facts.startswith("SELECT customer.id"), facts
    assert all(f'INSERT INTO "{table}"' in kept for table in ("gate_decision", "audit_entry", "timeline_entry")), kept
