"""A contact is recorded with the decision it rests on; one without is kept and shown as such."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.contacts.models import Consent, DoNotContact
from core.db import scope
from core.engagements.models import Engagement
from core.errors import Conflict, Denied, Invalid, NotFound
from core.gate import service as gate
from core.gate.models import Finding
from core.interactions import service
from core.interactions.labels import DISPOSITIONS, NEXT_STEPS, OUTCOMES, TREE
from core.interactions.models import Interaction
from core.timeline.models import TimelineEntry

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def decide(session, world, view, acting):
    def ask(customer_id, *, by=None, purpose="retention", channel="phone", at=NOON):
        context = acting(by or world.dan)
        decision = gate.decide(
            session, context=context, view=view, customer_id=customer_id, purpose=purpose, channel=channel, at=at
        )
        decision_id = decision.id
        session.commit()
        return decision_id

    return ask


@pytest.fixture
def record(session, world, acting):
    def touch(customer_id, *, by=None, **values):
        context = acting(by or world.dan)
        given = {
            "channel": "phone", "direction": "outbound", "purpose": "retention",
            "disposition": "connected_right_party", "started_at": NOON + timedelta(minutes=1),
        } | values  # fmt: skip
        made = service.record(session, context=context, customer_id=customer_id, **given)
        made_id = made.id
        session.commit()
        return made_id

    return touch


@pytest.fixture(autouse=True)
def frozen_after_noon(monkeypatch):
    """The service's clock stands after the contacts of these tests."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return NOON + timedelta(hours=10)

    monkeypatch.setattr(service, "datetime", Clock)


def test_an_agent_records_the_call_it_was_allowed(session, world, acting, make_customer, decide, record):
    customer_id = make_customer(consent="granted")
    decision_id = decide(customer_id)
    made = record(customer_id, gate_decision_id=decision_id, note="Will think", talk_s=90)
    acting(world.carol)
    kept = session.scalars(select(Interaction).where(Interaction.id == made)).one()
    assert (kept.gate_decision_id, kept.ungated, kept.party, kept.talk_s) == (decision_id, False, "provider", 90)
    entry = session.scalars(select(TimelineEntry).where(TimelineEntry.subject_id == made)).one()
    assert entry.values["disposition"]["zh-CN"] == "本人接通"
    assert (entry.note, entry.party, entry.shown_name) == ("Will think", "provider", "Dan")


def test_a_denied_contact_cannot_be_recorded_as_gated(make_customer, decide, record):
    customer_id = make_customer()
    with pytest.raises(Denied, match="did not allow"):
        record(customer_id, gate_decision_id=decide(customer_id))


def test_an_outbound_contact_without_a_decision_is_kept_and_is_a_finding(session, world, acting, make_customer, record):
    customer_id = make_customer()
    made = record(customer_id)
    acting(world.alice)
    assert session.scalars(select(Interaction.ungated).where(Interaction.id == made)).one() is True
    found = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == made)).all()
    assert found == ["interaction.ungated"]
    finding = session.scalars(select(Finding).where(Finding.subject_id == made)).one()
    assert (finding.rule, finding.severity, finding.state, finding.customer_id) == (
        "core.ungated", "high", "open", customer_id,
    )  # fmt: skip
    assert finding.engagement_id == world.engagement_id
    assert "gate" in finding.reason["text"]["en"]


def test_a_contact_with_a_decision_and_one_that_came_in_are_no_findings(
    session, world, acting, make_customer, decide, record
):
    customer_id = make_customer(consent="granted")
    record(customer_id, gate_decision_id=decide(customer_id))
    record(customer_id, direction="inbound", purpose="service")
    acting(world.alice)
    assert session.scalars(select(Finding.id)).all() == []


def test_what_came_of_it_is_kept_in_three_levels_and_told_in_one_line(session, world, acting, make_customer, record):
    made = record(make_customer(), direction="inbound", outcome="unresolved", next_step="open_case", wrap_s=30)
    acting(world.carol)
    kept = session.scalars(select(Interaction).where(Interaction.id == made)).one()
    assert (kept.disposition, kept.outcome, kept.next_step) == ("connected_right_party", "unresolved", "open_case")
    entry = session.scalars(select(TimelineEntry).where(TimelineEntry.subject_id == made)).one()
    assert entry.values["disposition"]["en"] == "Reached the customer → Not resolved → Open a case"
    assert entry.values["disposition"]["zh-CN"] == "本人接通 → 未解决 → 建立工单"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"disposition": "busy", "outcome": "resolved"}, "outcome"),
        ({"outcome": "agreed", "next_step": "try_again"}, "next_step"),
        ({"next_step": "call_back"}, "outcome"),
        ({"outcome": "sold"}, "outcome"),
    ],
    ids=["an outcome nobody reached", "a step that does not follow", "a step after nothing", "no outcome"],
)
def test_what_is_not_in_the_tree_is_refused_at_its_level(make_customer, record, values, field):
    with pytest.raises(Invalid) as refused:
        record(make_customer(), direction="inbound", **values)
    assert [each.field for each in refused.value.errors] == [field]


def test_every_branch_of_the_tree_has_words_and_can_be_recorded(make_customer, record):
    customer_id = make_customer()
    assert TREE.keys() == DISPOSITIONS.keys()
    for reach, outcomes in TREE.items():
        for outcome, steps in outcomes.items():
            assert outcome in OUTCOMES
            assert set(steps) <= NEXT_STEPS.keys()
            record(customer_id, direction="inbound", disposition=reach, outcome=outcome, next_step=steps[-1])
    used = {outcome for outcomes in TREE.values() for outcome in outcomes}
    assert used == OUTCOMES.keys()
    assert {step for outcomes in TREE.values() for steps in outcomes.values() for step in steps} == NEXT_STEPS.keys()


def test_an_inbound_contact_needs_no_decision(session, world, acting, make_customer, record):
    made = record(make_customer(), direction="inbound", purpose="service")
    acting(world.alice)
    assert session.scalars(select(Interaction.ungated).where(Interaction.id == made)).one() is False


def test_a_decision_is_good_for_one_contact(make_customer, decide, record):
    customer_id = make_customer(consent="granted")
    decision_id = decide(customer_id)
    record(customer_id, gate_decision_id=decision_id)
    with pytest.raises(Conflict, match="already used"):
        record(customer_id, gate_decision_id=decision_id)


@pytest.mark.parametrize(
    "change",
    [{"purpose": "marketing"}, {"channel": "sms"}, {"direction": "inbound"}],
    ids=lambda change: next(iter(change)),
)
def test_a_decision_is_good_for_the_contact_it_was_asked_for(make_customer, decide, record, change):
    customer_id = make_customer(consent="granted")
    with pytest.raises(Conflict, match="another contact"):
        record(customer_id, gate_decision_id=decide(customer_id), **change)


def test_a_decision_for_one_customer_does_not_serve_another(make_customer, decide, record):
    one, other = make_customer(consent="granted"), make_customer(consent="granted", phone="13912341370")
    with pytest.raises(Conflict, match="another contact"):
        record(other, gate_decision_id=decide(one))


def test_a_decision_is_good_for_fifteen_minutes(make_customer, decide, record):
    customer_id = make_customer(consent="granted")
    with pytest.raises(Conflict, match="not valid when"):
        record(customer_id, gate_decision_id=decide(customer_id), started_at=NOON + timedelta(minutes=16))


def test_a_customer_that_is_not_leased_has_no_contacts_to_record(make_customer, record):
    with pytest.raises(NotFound):
        record(make_customer(leased=False))


def test_wrong_values_are_all_named(make_customer, record):
    with pytest.raises(Invalid) as refused:
        record(
            make_customer(), channel="drum", disposition="fine", ended_at=NOON, talk_s=-1, note="x" * 5000,
            started_at=NOON + timedelta(days=9),
        )  # fmt: skip
    assert {error.field for error in refused.value.errors} == {
        "channel", "disposition", "started_at", "ended_at", "talk_s", "note",
    }  # fmt: skip


def test_who_asks_not_to_be_called_is_not_called_again(session, world, acting, make_customer, decide, record):
    customer_id = make_customer(consent="granted")
    record(customer_id, gate_decision_id=decide(customer_id), disposition="refused_dnc")
    acting(world.alice)
    entry = session.scalars(select(DoNotContact).where(DoNotContact.customer_id == customer_id)).one()
    assert (entry.purpose, entry.channel) == ("marketing", "any")
    latest = session.scalars(
        select(Consent.status).where(Consent.customer_id == customer_id).order_by(Consent.captured_at.desc())
    ).first()
    assert latest == "withdrawn"
    again = decide(customer_id, at=NOON + timedelta(hours=1))
    acting(world.alice)
    assert session.get_one(gate.GateDecision, (world.tenant_id, again)).verdict == "deny"


def test_contacts_of_all_providers_and_channels_count_and_only_the_count_is_told(
    session, world, acting, make_customer, decide, record
):
    """The client's own text message and an older call are in the facts of the provider's decision."""
    customer_id = make_customer(consent="granted")
    record(customer_id, by=world.carol, channel="sms", started_at=NOON - timedelta(hours=1))
    record(customer_id, by=world.carol, purpose="service", started_at=NOON - timedelta(days=3))
    record(customer_id, by=world.carol, started_at=NOON - timedelta(days=29))
    record(customer_id, by=world.carol, direction="inbound", started_at=NOON - timedelta(hours=2))
    decision_id = decide(customer_id)
    acting(world.dan)
    kept = session.scalars(select(gate.GateDecision.subject).where(gate.GateDecision.id == decision_id)).one()
    told = kept["interactions"]
    assert sorted(purpose for purpose, _at in told.pop("past")) == ["retention", "retention", "service"]
    assert told == {
        "day": 1, "week": 2, "month": 3, "same_purpose": {"day": 1, "week": 1, "month": 2},
    }  # fmt: skip


def test_another_providers_contact_counts_though_nobody_here_sees_it(
    session, world, acting, make_customer, decide, record
):
    customer_id = make_customer(consent="granted")
    made = record(customer_id, by=world.carol)
    acting(world.alice)
    other = Engagement(provider_tenant_id=world.provider_id, provider_name="Another", name="Sales 2026")
    session.add(other)
    session.flush()
    session.scalars(select(Interaction).where(Interaction.id == made)).one().engagement_id = other.id
    session.commit()
    decision_id = decide(customer_id, at=NOON + timedelta(hours=1))
    acting(world.dan)
    assert session.scalars(select(Interaction)).all() == []
    kept = session.scalars(select(gate.GateDecision.subject).where(gate.GateDecision.id == decision_id)).one()
    assert kept["interactions"]["day"] == 1


def test_a_contact_typed_in_minutes_begins_no_earlier_than_it_was_allowed(
    session, world, make_customer, decide, record
):
    customer_id = make_customer(consent="granted")
    allowed = NOON + timedelta(seconds=42)
    made_id = record(
        customer_id,
        gate_decision_id=decide(customer_id, at=allowed),
        started_at=NOON,
        ended_at=NOON + timedelta(minutes=3),
    )
    scope.enter(session, world.alice.context)
    made = session.scalar(select(Interaction).where(Interaction.id == made_id))
    assert (made.started_at, made.ended_at) == (allowed, allowed + timedelta(minutes=3))
