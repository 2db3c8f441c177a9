"""Rules and clocks of records: a change is asked about before, watched after, and its deadlines follow it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.clocks.events import ClockBreached
from core.clocks.models import Clock
from core.db.base import new_id
from core.errors import keep_evidence
from core.gate.acts import GateRefused
from core.gate.models import Finding, GateDecision
from core.plugin import Reason, Rule, label
from core.records import breaches, service
from core.records.models import Record
from tests.core.records.conftest import VIN, sector

TEXT = label("不行", "Not so")


def never_down(subject, parameters):
    series = [each["value"] for each in subject["readings"].get("odometer", ())]
    return Reason(code="down", text=TEXT, verdict="warn") if len(series) > 1 and series[0] < series[1] else None


def away(subject, parameters):
    trips = subject["children"].get("trip", ())
    gone = [each for each in trips if each["attributes"].get("fleet", {}).get("away")]
    return Reason(code="away", text=TEXT, verdict="warn") if gone else None


def of_a_depot(subject, parameters):
    parents = subject["record"]["parents"]
    return None if parents and parents[0]["type"] == "fleet.depot" else Reason(code="d", text=TEXT, verdict="deny")


RULES = (
    Rule(
        key="no_red_sale", label=TEXT, action="record_change", on=("van",), citation="§1", verdict="deny", reason=TEXT,
        when={"op": "and", "of": [
            {"op": "eq", "field": "record.state", "value": "sold"},
            {"op": "eq", "field": "before.state", "value": "stock"},
            {"op": "eq", "field": "record.fleet.colour", "value": "red"},
        ]},
    ),
    Rule(key="odometer", label=TEXT, action="record_watch", on=("van",), citation="§2", decide=never_down),
    Rule(key="away", label=TEXT, action="record_watch", on=("van",), citation="§3", children=("trip",), decide=away),
)  # fmt: skip


@pytest.fixture
def fleet():
    return sector(rules=RULES).everything


@pytest.fixture
def van(make):
    return make("van", values={"vin": VIN, "model": "Bora", "colour": "red"})


def change(session, world, acting, fleet, record, **more):
    context = acting(world.alice)
    version = session.scalar(select(Record.version).where(Record.id == record[0]))
    made = service.update_record(session, context=context, view=fleet, record_id=record[0], version=version, **more)
    session.commit()
    return made.id, made.version


def read(session, world, acting, fleet, record, value, read_at):
    context = acting(world.alice)
    service.add_reading(
        session, context=context, view=fleet, record_id=record[0], counter="odometer", value=value, read_at=read_at
    )
    session.commit()


def open_findings(session, world, acting):
    acting(world.alice)
    return session.scalars(select(Finding.rule).where(Finding.state == "open")).all()


def test_a_refused_change_leaves_the_record_and_keeps_its_evidence(session, world, acting, fleet, van):
    with pytest.raises(GateRefused) as refused:
        change(session, world, acting, fleet, van, state="sold")
    keep_evidence(session, refused.value)
    acting(world.alice)
    assert session.scalar(select(Record.state).where(Record.id == van[0])) == "stock"
    kept = session.scalars(select(GateDecision).where(GateDecision.record_id == van[0])).all()
    assert kept[-1].verdict == "deny"
    change(session, world, acting, fleet, van, state="sold", values={"colour": "white"})


def test_a_rule_sees_what_a_record_belongs_to(session, world, acting, make):
    rule = Rule(key="home", label=TEXT, action="record_change", on=("van",), citation="§4", decide=of_a_depot)
    strict = sector(rules=(rule,)).everything
    depot = make("depot", using=strict, values={"town": "Nanjing"})
    make("van", using=strict, values={"model": "Bora"}, parent_id=depot[0])
    with pytest.raises(GateRefused):
        make("van", using=strict, values={"model": "Bora"})


def test_a_reading_below_the_last_is_found_until_a_later_one_answers_it(session, world, acting, fleet, van):
    now = datetime.now(UTC)
    read(session, world, acting, fleet, van, 9_000, now - timedelta(days=9))
    assert open_findings(session, world, acting) == []
    read(session, world, acting, fleet, van, 8_000, now - timedelta(days=5))
    assert open_findings(session, world, acting) == ["fleet.odometer"]
    read(session, world, acting, fleet, van, 9_500, now)
    assert open_findings(session, world, acting) == []


def test_a_changed_child_is_seen_by_the_rule_of_its_parent(session, world, acting, fleet, make, van):
    trip = make("trip", parent_id=van[0], values={"away": "yes"})
    assert open_findings(session, world, acting) == ["fleet.away"]
    change(session, world, acting, fleet, trip, values={"away": "no"})
    assert open_findings(session, world, acting) == []


def test_a_clock_begins_with_its_state_and_ends_with_another(session, world, acting, fleet, van):
    change(session, world, acting, fleet, van, state="sold", values={"colour": "white"})
    acting(world.alice)
    clock = session.scalars(select(Clock).where(Clock.record_id == van[0])).one()
    assert (clock.owner, clock.timer, clock.state) == ("fleet.van", "paper", "running")
    assert timedelta(days=30) <= clock.due_at - clock.started_at <= timedelta(days=31)
    change(session, world, acting, fleet, van, state="scrapped")
    acting(world.alice)
    assert session.scalars(select(Clock).where(Clock.record_id == van[0])).one().state == "met"


def test_a_breach_moves_the_record_where_its_timer_says_and_a_warning_asks_the_watching_rules(
    session, world, acting, fleet, van
):
    change(session, world, acting, fleet, van, state="sold", values={"colour": "white"})
    context = acting(world.alice)
    told = {
        "context": context, "subject": new_id(), "owner": "fleet.van", "timer": "paper", "percent": 100, "case_id": None,
        "record_id": van[0], "customer_id": None, "due_at": datetime.now(UTC), "told_for": datetime.now(UTC),
    }  # fmt: skip
    breaches.Told(lambda _session, _context: fleet)(session, ClockBreached(**told))
    session.commit()
    acting(world.alice)
    assert session.scalar(select(Record.state).where(Record.id == van[0])) == "scrapped"
