"""KPIs over cases and records: counted by state, field and clock, within what each party sees, down to the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func

from core.cases.events import CaseOpened
from core.cases.models import Case
from core.clocks.models import Clock
from core.engagements.service import lease_customers
from core.events import bus
from core.metrics import queries
from core.metrics.models import UncountedChange
from core.plugin import Kpi, RecordType, State, Timer, Transition, Vertical, Workflow, choice, label
from core.plugin.catalog import Catalog, LoadedVertical
from core.plugin.types import Field
from core.records.events import RecordCreated
from core.records.models import Record
from core.testing.jobs import work_off
from core.testing.people import make_world

AFLOAT = {"op": "eq", "field": "state", "value": "afloat"}
KNOWN = {"op": "is_set", "field": "harbour.colour"}
ENDED = {"op": "in", "field": "clock.answer", "value": ["met", "breached"]}
MET = {"op": "eq", "field": "clock.answer", "value": "met"}


def both(text: str) -> dict[str, str]:
    return label(text, text)


HARBOUR = LoadedVertical(
    vertical=Vertical(key="harbour", label=both("Harbour"), version="1", requires=">=1"),
    distribution="", module="tests", package="core.plugin",
    fields=(Field(key="colour", label=both("Colour"), kind="text", on="record:boat"),),
    record_types=(
        RecordType(key="boat", label=both("Boat"), holder="optional",
                   states=(choice("afloat", "浮", "Afloat"), choice("sunk", "沉", "Sunk"))),
    ),
    workflows=(
        Workflow(
            key="rescue", label=both("Rescue"), version=1,
            states=(State(key="open", label=both("Open"), kind="initial"),
                    State(key="shut", label=both("Shut"), kind="done")),
            transitions=(Transition(key="shut", label=both("Shut"), source="open", target="shut"),),
            timers=(Timer(key="answer", label=both("Answer"), parameter="days", start="open", stops=("shut",)),),
        ),
    ),
    kpis=(
        Kpi(key="afloat", label=both("Afloat"), on="record:boat", numerator={"op": "and", "of": [AFLOAT, KNOWN]},
            denominator=KNOWN),
        Kpi(key="in_time", label=both("In time"), on="case", numerator=MET, denominator=ENDED),
    ),
)  # fmt: skip


@pytest.fixture
def world(app):
    return make_world(app, verticals=("telecom", "banking", "logistics"))


@pytest.fixture
def view():
    return Catalog([HARBOUR]).everything


@pytest.fixture
def boat(session, acting, world):
    """`boat(customer_id, state="sunk")` is a committed record of the client."""

    def make(customer_id=None, *, state="afloat", colour="red", type="harbour.boat", exposure="leased"):  # noqa: A002
        acting(world.alice)
        row = Record(
            type=type, number=func.next_number("record", 1), customer_id=customer_id, state=state, exposure=exposure,
            attributes={"harbour": {"colour": colour}} if colour else {},
        )  # fmt: skip
        session.add(row)
        session.commit()

    return make


@pytest.fixture
def rescue(session, acting, world):
    """`rescue(customer_id, "breached", "met")` is a case with clocks, the newest last."""

    def make(customer_id, *clocks, workflow="harbour.rescue", engagement_id=None):
        acting(world.alice)
        begun = datetime(2026, 3, 2, tzinfo=UTC)
        case = Case(
            number=func.next_number("case", 1), customer_id=customer_id, workflow=workflow, workflow_version=1,
            state="open", severity="normal", title="", attributes={}, engagement_id=engagement_id,
        )  # fmt: skip
        session.add(case)
        session.flush()
        for day, state in enumerate(clocks):
            session.add(
                Clock(case_id=case.id, customer_id=customer_id, owner=workflow, timer="answer", state=state,
                      started_at=begun + timedelta(days=day))
            )  # fmt: skip
        session.commit()

    return make


@pytest.fixture
def counted(session, acting, view):
    """`counted(world.alice, "in_time")` is numerator and denominator as that person reads them."""

    def read(person, key):
        context = acting(person)
        reading = queries.board(session, context=context, view=view).reading(f"harbour.{key}")
        session.rollback()
        return reading.numerator, reading.denominator

    return read


def test_records_are_counted_by_state_and_field_within_their_type(world, boat, make_customer, counted):
    held = make_customer()
    boat(held)
    boat(held, state="sunk")
    boat()
    boat(held, colour=None)
    boat(held, type="harbour.raft")
    assert counted(world.alice, "afloat") == (2, 3)


def test_a_provider_counts_records_of_customers_leased_to_it_and_shared_ones(world, boat, make_customer, counted):
    boat(make_customer())
    boat(make_customer(leased=False))
    boat(exposure="shared")
    boat(make_customer(), exposure="client_only")
    assert counted(world.bob, "afloat") == (2, 2)
    assert counted(world.alice, "afloat") == (4, 4)


def test_cases_are_counted_by_the_newest_clock_of_a_timer(world, rescue, make_customer, counted):
    customer = make_customer()
    rescue(customer, "met")
    rescue(customer, "breached", "met")
    rescue(customer, "met", "breached")
    rescue(customer, "running")
    rescue(customer)
    rescue(customer, "met", workflow="port.rescue")
    assert counted(world.alice, "in_time") == (2, 3)


def test_a_provider_counts_cases_of_its_own_and_the_clients_on_what_is_leased(world, rescue, make_customer, counted):
    leased = make_customer()
    rescue(leased, "met")
    rescue(leased, "met", engagement_id=world.engagement_id)
    rescue(make_customer(leased=False), "met")
    assert counted(world.bob, "in_time") == (2, 2)
    assert counted(world.alice, "in_time") == (3, 3)


def test_what_the_client_counts_for_an_engagement_is_what_its_people_would_count(
    session, acting, world, view, boat, rescue, make_customer
):
    customer = make_customer()
    for exposure in ("leased", "shared", "client_only"):
        boat(customer, exposure=exposure)
    boat(make_customer(leased=False))
    rescue(customer, "breached")
    context = acting(world.bob)
    theirs = queries.count(session, view=view, engagement_id=context.engagement_id)
    acting(world.alice)
    ours = queries.count(session, view=view, engagement_id=context.engagement_id)
    assert [(each.numerator, each.denominator) for each in ours] == [(2, 2), (0, 1)]
    assert [(each.numerator, each.denominator) for each in theirs] == [(2, 2), (0, 1)]


def test_the_rows_behind_a_number_are_the_records_and_the_cases(
    session, acting, world, view, boat, rescue, make_customer
):
    customer = make_customer()
    boat(customer)
    boat()
    rescue(customer, "met")
    context = acting(world.alice)

    def behind(key):
        rows = queries.rows_behind(session, context=context, view=view, key=key, part="numerator", after=0)
        return [row.name for row in rows]

    assert behind("harbour.afloat") == ["吴敏", None]
    assert behind("harbour.in_time") == ["吴敏"]


def test_the_page_leads_to_the_records_and_masks_their_holders_for_a_provider(
    session, acting, world, make_customer, in_english
):
    customer = make_customer(name="Lin Wei")
    acting(world.alice)
    session.add(
        Record(type="logistics.shipment", number=func.next_number("record", 1), customer_id=customer, state="delivered",
               exposure="leased", attributes={"logistics": {"on_time": True}})
    )  # fmt: skip
    session.commit()
    for person, clear in ((world.alice, True), (world.bob, False)):
        page = in_english(person).get("/kpis/logistics.on_time_rate?part=numerator").text
        assert "/record/" in page
        assert ("Lin Wei" in page) is clear


def test_an_act_on_what_a_number_counts_asks_for_a_count(session, acting, world, app, make_customer):
    customer = make_customer()
    work_off(app, tenant_id=world.tenant_id)
    context = acting(world.alice)
    told = {"context": context, "subject": customer, "customer_id": customer}
    for event in (
        RecordCreated(type="telecom.line", **told),
        CaseOpened(workflow="telecom.complaint", state="received", **told),
    ):
        bus.emit(session, event)
    assert session.query(UncountedChange).count() == 0
    bus.emit(session, RecordCreated(type="logistics.shipment", **told))
    bus.emit(session, CaseOpened(workflow="banking.complaint", state="received", **told))
    assert session.query(UncountedChange).count() == 2


def test_a_new_lease_brings_its_records_into_the_providers_numbers(
    session, acting, world, boat, make_customer, counted
):
    customer = make_customer(leased=False)
    boat(customer)
    assert counted(world.bob, "afloat") == (0, 0)
    context = acting(world.alice)
    lease_customers(session, context=context, engagement_id=world.engagement_id, customer_ids=[customer],
                    purpose="retention", expires_at=datetime.now(UTC) + timedelta(days=1))  # fmt: skip
    session.commit()
    assert counted(world.bob, "afloat") == (1, 1)
