"""KPIs that add: money of one currency, time between two moments, contacts; and KPIs told apart by fields and months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func

from core.cases.models import Case
from core.errors import NotFound
from core.interactions.models import Interaction
from core.metrics import apart, queries
from core.metrics.naming import Naming
from core.plugin import Kpi, RecordType, State, Total, Transition, Vertical, Workflow, choice, label
from core.plugin.catalog import Catalog, LoadedVertical
from core.plugin.types import Field
from core.records.models import Record
from core.testing.people import make_world


def both(text: str) -> dict[str, str]:
    return label(text, text)


ALL = {"op": "is_set", "field": "state"}
SOLD = {"op": "eq", "field": "state", "value": "sold"}
CALLS = {"op": "eq", "field": "channel", "value": "phone"}
FERRY = LoadedVertical(
    vertical=Vertical(key="ferry", label=both("Ferry"), version="1", requires=">=1"),
    distribution="", module="tests", package="core.plugin",
    fields=(
        Field(key="deck", label=both("Deck"), kind="choice", on="record:ticket",
              choices=(choice("upper", "上", "Upper"), choice("lower", "下", "Lower"))),
        Field(key="places", label=both("Places"), kind="integer", on="record:ticket"),
        Field(key="landed_on", label=both("Landed"), kind="date", on="record:ticket"),
        Field(key="left_on", label=both("Left"), kind="date", on="record:ticket"),
    ),
    record_types=(RecordType(key="ticket", label=both("Ticket"), holder="optional",
                             states=(choice("sold", "售", "Sold"), choice("void", "废", "Void"))),),
    workflows=(
        Workflow(key="lost", label=both("Lost"), version=1,
                 states=(State(key="open", label=both("Open"), kind="initial"),
                         State(key="shut", label=both("Shut"), kind="done")),
                 transitions=(Transition(key="shut", label=both("Shut"), source="open", target="shut"),)),
    ),
    kpis=(
        Kpi(key="price", label=both("Price"), on="record:ticket", unit="money", currency="CNY", by=("ferry.deck", "state"),
            numerator=Total(of="amount_minor", when=SOLD), denominator=SOLD),
        Kpi(key="places", label=both("Places"), on="record:ticket", unit="number",
            numerator=Total(of="ferry.places", when=SOLD), denominator=SOLD),
        Kpi(key="crossing", label=both("Crossing"), on="record:ticket", unit="days",
            numerator=Total(of="ferry.landed_on", since="ferry.left_on", when=SOLD),
            denominator={"op": "is_set", "field": "ferry.landed_on"}),
        Kpi(key="closing", label=both("Closing"), on="case", unit="hours",
            numerator=Total(of="closed_at", since="opened_at", when=ALL),
            denominator={"op": "is_set", "field": "closed_at"}),
        Kpi(key="talk", label=both("Talk"), on="interaction", unit="seconds", by=("disposition",),
            numerator=Total(of="talk_s", when=CALLS), denominator=CALLS),
    ),
)  # fmt: skip


@pytest.fixture
def world(app):
    return make_world(app, verticals=("telecom",))


@pytest.fixture
def view():
    return Catalog([FERRY]).everything


@pytest.fixture
def ticket(session, acting, world):
    def make(minor, *, state="sold", currency="CNY", at=None, **attributes):
        acting(world.alice)
        session.add(
            Record(type="ferry.ticket", number=func.next_number("record", 1), state=state, exposure="shared",
                   amount_minor=minor, currency=currency if minor is not None else None, occurred_at=at,
                   attributes={"ferry": attributes} if attributes else {})
        )  # fmt: skip
        session.commit()

    return make


@pytest.fixture
def call(session, acting, world, make_customer):
    def make(seconds, *, channel="phone", disposition="no_answer", leased=True, engagement_id=None):
        customer = make_customer(leased=leased)
        acting(world.alice)
        session.add(
            Interaction(number=func.next_number("interaction", 1), customer_id=customer, channel=channel,
                        direction="inbound", purpose="service", started_at=datetime(2026, 3, 2, tzinfo=UTC),
                        talk_s=seconds, disposition=disposition, party="client", engagement_id=engagement_id)
        )  # fmt: skip
        session.commit()

    return make


@pytest.fixture
def read(session, acting, view):
    def of(person, key):
        context = acting(person)
        reading = queries.board(session, context=context, view=view).reading(f"ferry.{key}")
        session.rollback()
        return reading.numerator, reading.denominator, reading.value

    return of


@pytest.fixture
def groups(session, acting, view):
    def of(person, key, name):
        context = acting(person)
        found = apart.by_field(session, context=context, view=view, key=f"ferry.{key}", name=name)
        session.rollback()
        return {(each.key, each.rest): (each.numerator, each.denominator) for each in found}

    return of


def test_amounts_are_added_in_one_currency_and_never_across(world, ticket, read):
    ticket(1000)
    ticket(501)
    ticket(700, currency="USD")
    ticket(None)
    ticket(9900, state="void")
    assert read(world.alice, "price") == (1501, 2, Decimal(750))


def test_a_field_is_added_where_it_is_filled_in(world, ticket, read):
    ticket(1000, places=2)
    ticket(1000, places=5)
    ticket(1000)
    assert read(world.alice, "places") == (7, 3, Decimal("2.33"))


def test_the_days_between_two_dates_are_added(world, ticket, read):
    ticket(1, left_on="2026-02-27", landed_on="2026-03-02")
    ticket(1, left_on="2026-03-01", landed_on="2026-03-01")
    ticket(1, left_on="2026-03-01")
    assert read(world.alice, "crossing") == (3 * 86_400, 2, Decimal("1.50"))


def test_the_hours_a_case_was_open_are_added(session, acting, world, make_customer, read):
    customer, begun = make_customer(), datetime(2026, 3, 2, 9, tzinfo=UTC)
    acting(world.alice)
    for hours in (1, 2, None):
        session.add(
            Case(number=func.next_number("case", 1), customer_id=customer, workflow="ferry.lost", workflow_version=1,
                 state="open", severity="normal", title="", attributes={}, opened_at=begun,
                 closed_at=None if hours is None else begun + timedelta(hours=hours))
        )  # fmt: skip
    session.commit()
    assert read(world.alice, "closing") == (3 * 3600, 2, Decimal("1.50"))


def test_contacts_are_counted_for_each_party_within_what_it_sees(world, call, read):
    call(100, engagement_id=world.engagement_id)
    call(50)
    call(None)
    call(900, leased=False)
    call(900, channel="chat")
    assert read(world.bob, "talk") == (150, 3, Decimal("50.0"))
    assert read(world.alice, "talk") == (1050, 4, Decimal("262.5"))


def test_told_apart_the_groups_add_up_to_the_number(world, ticket, groups, read):
    ticket(1000, deck="upper")
    ticket(300, deck="lower")
    ticket(500, deck="lower")
    ticket(50)
    ticket(9900, deck="upper", state="void")
    told = groups(world.alice, "price", "ferry.deck")
    assert told == {("lower", False): (800, 2), ("upper", False): (1000, 1), (None, False): (50, 1)}
    assert tuple(map(sum, zip(*told.values(), strict=True))) == read(world.alice, "price")[:2]


def test_beyond_twenty_groups_the_rest_is_one(monkeypatch, world, ticket, groups):
    monkeypatch.setattr(apart, "MOST", 1)
    for minor, deck in ((10, "upper"), (20, "upper"), (40, "lower"), (80, None)):
        ticket(minor, **({"deck": deck} if deck else {}))
    assert groups(world.alice, "price", "ferry.deck") == {("upper", False): (30, 2), (None, True): (120, 2)}


def test_a_provider_is_told_only_of_what_is_leased_to_it(world, call, groups):
    call(10, disposition="busy")
    call(20, disposition="invalid", leased=False)
    assert groups(world.bob, "talk", "disposition") == {("busy", False): (10, 1)}


def test_a_field_that_the_number_does_not_name_is_not_told(world, groups):
    with pytest.raises(NotFound):
        groups(world.alice, "price", "ferry.places")


def test_a_month_is_the_workspaces_own(session, acting, world, view, ticket):
    ticket(100, at=datetime(2026, 1, 31, 16, 30, tzinfo=UTC))
    ticket(300, at=datetime(2026, 2, 28, 15, 30, tzinfo=UTC))
    ticket(500, at=datetime(2025, 3, 31, 15, 59, tzinfo=UTC))
    ticket(900)
    context = acting(world.alice)
    assert context.zone == "Asia/Shanghai"
    told = apart.by_month(session, context=context, view=view, key="ferry.price", today=date(2026, 3, 5))
    assert [each.begins for each in told][::11] == [date(2025, 4, 1), date(2026, 3, 1)]
    assert {each.begins: each.numerator for each in told if each.denominator} == {date(2026, 2, 1): 400}


def test_values_are_told_in_words(app, view):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        naming = Naming(view, "ferry.price")
        assert [naming.value("ferry.deck", "upper"), naming.value("state", "void")] == ["Upper", "Void"]
        assert Naming(view, "ferry.talk").value("disposition", "busy") == "Busy"
        assert naming.value("ferry.deck", None) == "–"


def test_the_page_of_a_number_asks_for_its_months_and_they_hold_what_it_counts(session, acting, app, in_english):
    world = make_world(app, verticals=("logistics",))
    acting(world.alice)
    for on_time in (True, True, False):
        session.add(
            Record(type="logistics.shipment", number=func.next_number("record", 1), state="delivered", exposure="shared",
                   occurred_at=datetime.now(UTC), attributes={"logistics": {"on_time": on_time}})
        )  # fmt: skip
    session.commit()
    alice = in_english(world.alice)
    assert "/kpis/logistics.on_time_rate/apart" in alice.get("/kpis/logistics.on_time_rate").text
    page = alice.get("/kpis/logistics.on_time_rate/apart").text
    assert "By month" in page
    assert "66.67" in page
