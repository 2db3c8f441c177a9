"""A step changes the record it is about, opens the next case, tells a role and settles findings; a breach takes a step itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.cases import breaches, service
from core.cases.models import Case, CaseStep
from core.clocks.events import ClockBreached
from core.clocks.models import Clock
from core.db.base import new_id
from core.errors import Conflict, Invalid, NotFound
from core.gate import findings
from core.gate.models import Finding
from core.notify.models import Notification
from core.records import service as records
from core.records.models import Record
from core.testing.jobs import work_off
from tests.core.cases.conftest import MORNING
from tests.core.cases.garden import PLANTING, WATERING, WORDS


@pytest.fixture
def bed(session, world, acting, garden):
    def make(customer_id=None):
        made = records.create_record(
            session, context=acting(world.carol), view=garden(), type="garden.bed", customer_id=customer_id
        )
        record_id = made.id
        session.commit()
        return record_id

    return make


@pytest.fixture
def step(session, world, acting):
    def take(view, case_id, transition, *, by=None, **values):
        context = acting(by or world.carol)
        newest = session.scalar(select(Case.version).where(Case.id == case_id))
        case = service.take_step(
            session, context=context, view=view, case_id=case_id, version=newest, transition=transition, **values
        )
        session.commit()
        return case

    return take


def test_the_record_goes_on_and_the_next_case_begins(session, world, acting, planted, bed, step, make_customer):
    customer_id = make_customer()
    record_id = bed(customer_id)
    view, case_id = planted(customer_id=customer_id, record_id=record_id)
    step(view, case_id, "dig")
    step(view, case_id, "plant")
    acting(world.alice)
    assert session.scalar(select(Record.state).where(Record.id == record_id)) == "planted"
    following = session.scalars(select(Case).where(Case.workflow == "garden.watering")).one()
    assert (following.record_id, following.customer_id, following.state) == (record_id, customer_id, "dry")


def test_a_record_that_cannot_go_there_stops_the_step(session, world, acting, planted, bed, step, make_customer):
    customer_id = make_customer()
    view, case_id = planted(customer_id=customer_id)
    step(view, case_id, "dig")
    with pytest.raises(Conflict, match="about none"):
        step(view, case_id, "plant")
    acting(world.alice)
    assert session.scalar(select(Case.state).where(Case.id == case_id)) == "dug"
    assert session.scalar(select(func.count()).select_from(Case).where(Case.workflow == "garden.watering")) == 0


def test_a_case_is_bound_to_a_record_of_its_type_and_customer(garden, planted, bed, make_customer):
    needs = replace(PLANTING, record_required=True)
    with pytest.raises(Invalid) as missing:
        planted(view=garden(needs, WATERING))
    assert missing.value.field == "record_id"
    with pytest.raises(Invalid, match="another customer"):
        planted(record_id=bed(make_customer(name="陈丽")))
    with pytest.raises(NotFound):
        planted(record_id=new_id())
    planted(record_id=bed())


def test_a_role_is_told_of_the_step_by_number_only(app, session, world, acting, planted, step):
    view, case_id = planted(by=world.alice)
    number = step(view, case_id, "shout", by=world.alice).number
    work_off(app, tenant_id=world.tenant_id)
    acting(world.carol)
    told = session.scalars(select(Notification).where(Notification.kind == "vertical.notified")).all()
    assert [(each.participant_id, each.values["number"]) for each in told] == [
        (world.carol.context.participant_id, number)
    ]


def test_what_was_found_on_the_case_is_settled_with_it(session, world, acting, planted, step):
    view, case_id = planted(workflow="garden.watering")
    acting(world.carol)
    found = findings.raise_finding(
        session, context=world.carol.context, rule="garden.drought", severity="low", subject=("case", case_id),
        customer_id=None, reason={"text": WORDS, "citation": "", "parameters": []}, case_id=case_id,
    )  # fmt: skip
    finding_id = found.id
    session.commit()
    step(view, case_id, "water")
    acting(world.alice)
    settled = session.scalars(select(Finding).where(Finding.id == finding_id)).one()
    assert settled.state == "settled"
    assert settled.note


def test_a_case_has_clocks_and_is_due_with_the_first(session, world, acting, planted, step):
    view, case_id = planted(at=MORNING)
    acting(world.carol)
    case = session.scalars(select(Case).where(Case.id == case_id)).one()
    assert case.due_at == datetime(2026, 3, 4, 16, 0, tzinfo=UTC)
    clock = session.scalars(select(Clock).where(Clock.case_id == case_id)).one()
    assert (clock.state, clock.due_at, [used["source"] for used in clock.used.values()]) == (
        "running",
        case.due_at,
        ["Garden rules"],
    )
    step(view, case_id, "dig", at=MORNING + timedelta(hours=3))
    acting(world.carol)
    assert session.scalar(select(Clock.state).where(Clock.case_id == case_id)) == "met"


@pytest.fixture
def breach(session, world, acting):
    """What the clock of a case says when nobody has begun in time."""

    def make(view, case_id):
        acting(world.carol)
        clock = session.scalars(select(Clock).where(Clock.case_id == case_id)).one()
        system = replace(world.carol.context, party="system", participant_id=None, shown_name="")
        event = ClockBreached(
            context=system, subject=clock.id, owner=clock.owner, timer=clock.timer, percent=100, case_id=case_id,
            record_id=None, customer_id=clock.customer_id, due_at=clock.due_at, told_for=clock.due_at,
        )  # fmt: skip
        breaches.BreachSteps(lambda _session, _context: view)(session, event)
        session.commit()

    return make


def test_on_breach_the_system_takes_the_step_that_the_timer_names(session, world, acting, planted, breach):
    view, case_id = planted(at=MORNING)
    breach(view, case_id)
    acting(world.carol)
    assert session.scalar(select(Case.state).where(Case.id == case_id)) == "late"
    taken = session.scalars(select(CaseStep).where(CaseStep.case_id == case_id, CaseStep.transition == "warn")).one()
    assert (taken.party, taken.participant_id) == ("system", None)


def test_a_person_cannot_take_the_systems_step(planted, step):
    from core.errors import Denied

    view, case_id = planted()
    with pytest.raises(Denied, match="by itself"):
        step(view, case_id, "warn")


def test_a_breach_whose_step_is_refused_is_in_the_trail_and_moves_nothing(
    session, world, acting, garden, planted, breach
):
    impossible = {"op": "eq", "field": "case.state", "value": "over"}
    steps = tuple(
        replace(each, guard=impossible, guard_reason=WORDS) if each.key == "warn" else each
        for each in PLANTING.transitions
    )
    view, case_id = planted(view=garden(replace(PLANTING, transitions=steps), WATERING), at=MORNING)
    breach(view, case_id)
    acting(world.carol)
    assert session.scalar(select(Case.state).where(Case.id == case_id)) == "new"
    wanted = select(AuditEntry.details).where(AuditEntry.action == "case.breach_step_refused")
    assert session.scalars(wanted).one()["transition"] == "warn"
