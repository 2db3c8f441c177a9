"""Watching rules open findings, keep them while they hold and settle them; a person settles with a note."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select

from core.errors import Conflict, Invalid, Stale
from core.events import bus
from core.gate import findings
from core.gate.acts import Act, watch
from core.gate.events import FindingRaised, FindingSettled
from core.gate.models import Finding, GateDecision
from core.gate.service import replay
from core.records.models import Record
from core.timeline.models import TimelineEntry
from tests.core.gate.acting import WORDS, dog, rule, view_of

HEAVY = rule(
    "heavy", action="record_watch", on=("dog",), when={"op": "gt", "field": "record.pets.weight", "value": 50},
    verdict="warn", severity="medium", reason=WORDS, opens="walk",
)  # fmt: skip


@pytest.fixture
def heard():
    """Every finding event of the test."""
    seen: list[object] = []
    for kind in (FindingRaised, FindingSettled):
        bus.subscribe(kind, lambda _session, event: seen.append(event))
    yield seen
    for kind in (FindingRaised, FindingSettled):
        bus._handlers[kind].pop()


@pytest.fixture
def kept_dog(session, world, acting, make_customer):
    """`act(weight)` looks at one stored dog of one customer."""
    customer_id = make_customer()
    acting(world.alice)
    row = Record(type="pets.dog", number=1, customer_id=customer_id, state="alive")
    session.add(row)
    record_id = row.id
    session.commit()

    def act(weight: int) -> Act:
        return Act(
            action="record_watch", on="pets.dog", customer_id=customer_id, record=dog(weight, record_id=record_id)
        )

    return act


@pytest.fixture
def look(session, world, acting):
    def run(act: Act, *rules, by=None) -> list[Finding]:
        context = acting(by or world.alice)
        found = list(watch(session, context=context, view=view_of(*rules), act=act))
        session.commit()
        acting(by or world.alice)
        return found

    return run


def test_what_a_watching_rule_sees_is_raised_once_and_told(session, look, kept_dog, heard):
    (first,) = look(kept_dog(51), HEAVY)
    number = first.number
    (again,) = look(kept_dog(52), HEAVY)
    assert again.number == number
    (event,) = heard
    assert (event.rule, event.severity, event.about_type, event.opens) == (
        "pets.heavy",
        "medium",
        "record",
        "pets.walk",
    )
    kept = session.scalars(select(Finding)).one()
    assert (kept.state, kept.subject_id, kept.severity) == ("open", event.about_id, "medium")
    assert kept.reason["citation"] == "Pets Act, section 1"
    entry = session.scalars(select(TimelineEntry).where(TimelineEntry.subject_id == kept.id)).one()
    assert entry.message == "Finding %(number)s: %(text)s"


def test_it_rests_on_a_stored_decision_that_replays(session, look, kept_dog):
    look(kept_dog(51), HEAVY)
    look(kept_dog(52), HEAVY)
    decision = session.scalars(select(GateDecision).where(GateDecision.action == "record_watch")).one()
    assert session.scalars(select(Finding.decision_id)).one() == decision.id
    assert replay(decision, view=view_of(HEAVY)).verdict == decision.verdict == "warn"


def test_the_rule_settles_it_once_it_holds_no_longer_and_finds_it_anew(session, look, kept_dog, heard):
    look(kept_dog(51), HEAVY)
    assert look(kept_dog(50), HEAVY) == []
    kept = session.scalars(select(Finding)).one()
    assert (kept.state, kept.settled_by, kept.note) == ("settled", None, None)
    assert heard[-1].by_rule
    assert len(look(kept_dog(60), HEAVY)) == 1
    assert len(session.scalars(select(Finding)).all()) == 2


def test_a_watching_rule_that_cannot_be_asked_is_itself_a_finding(session, look, kept_dog):
    def broken(subject, parameters):
        raise ValueError

    (found,) = look(kept_dog(1), replace(HEAVY, when=None, decide=broken))
    assert found.reason["code"] == "core.rule_failed"


def test_a_record_without_findings_stores_nothing(session, look, kept_dog):
    assert look(kept_dog(1), HEAVY) == []
    assert session.scalars(select(GateDecision)).all() == []


def test_a_providers_session_raises_and_settles_nothing(session, world, look, kept_dog, acting):
    (found,) = look(kept_dog(51), HEAVY, by=world.dan)
    assert found.engagement_id == world.engagement_id
    assert [each.state for each in look(kept_dog(1), HEAVY, by=world.dan)] == ["open"]
    assert look(kept_dog(1), HEAVY, by=world.alice) == []


def test_a_provider_that_finds_what_the_client_has_found_is_not_told_of_it(world, look, kept_dog):
    look(kept_dog(51), HEAVY, by=world.alice)
    assert look(kept_dog(51), HEAVY, by=world.dan) == []


@pytest.fixture
def raised(session, world, acting, make_customer):
    customer_id = make_customer()
    context = acting(world.alice)
    finding = findings.raise_finding(
        session, context=context, rule="core.ungated", severity="low", subject=("interaction", uuid4()),
        customer_id=customer_id, reason={"text": WORDS},
    )  # fmt: skip
    assert finding is not None
    found = finding.id, finding.version
    session.commit()
    return found


def test_a_person_settles_with_a_note(session, world, acting, raised, heard):
    finding_id, version = raised
    context = acting(world.alice)
    with pytest.raises(Invalid):
        findings.settle(session, context=context, finding_id=finding_id, version=version, note="  ")
    with pytest.raises(Stale):
        findings.settle(session, context=context, finding_id=finding_id, version=version + 1, note="Called back")
    done = findings.settle(session, context=context, finding_id=finding_id, version=version, note="Called back")
    assert (done.state, done.note, done.settled_by) == ("settled", "Called back", context.participant_id)
    assert not heard[-1].by_rule
    with pytest.raises(Conflict):
        findings.settle(session, context=context, finding_id=finding_id, version=done.version, note="Again")


def test_the_same_is_not_raised_twice(session, world, acting, raised):
    context = acting(world.alice)
    kept = session.scalars(select(Finding).where(Finding.id == raised[0])).one()
    again = findings.raise_finding(
        session, context=context, rule=kept.rule, severity="low", subject=(kept.subject_type, kept.subject_id),
        customer_id=kept.customer_id, reason={"text": WORDS},
    )  # fmt: skip
    assert again is kept
