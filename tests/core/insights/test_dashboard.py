"""The dashboard counts what happened on each local day, gate decisions and open cases: each party its own, in few statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from core.cases import service as cases
from core.db import scope
from core.db.base import db
from core.gate.models import GateDecision
from core.insights import queries
from core.interactions.models import Interaction
from core.tenants.service import next_numbers

TODAY = date(2026, 3, 10)


@pytest.fixture
def touch(session: Any, world: Any) -> Any:
    """`touch(customer, at)`: an interaction, committed."""

    def add(customer_id: UUID, at: datetime, *, disposition: str = "no_answer") -> None:
        session.rollback()
        scope.enter(session, world.alice.context)
        [number] = next_numbers(session, kind="interaction")
        session.add(
            Interaction(
                number=number, customer_id=customer_id, channel="phone", direction="outbound", purpose="service",
                started_at=at, disposition=disposition, party="client",
            )
        )  # fmt: skip
        session.commit()

    return add


def test_a_day_begins_and_ends_at_midnight_where_the_tenant_is(session, world, make_customer, acting, touch):
    customer = make_customer()
    for moment in (
        datetime(2026, 3, 3, 15, 59, 59, tzinfo=UTC),  # in Shanghai still the 3rd: before the week
        datetime(2026, 3, 3, 16, tzinfo=UTC),  # midnight of the 4th
        datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 9, 16, tzinfo=UTC),  # midnight of the 10th
    ):
        touch(customer, moment)
    touch(customer, datetime(2026, 3, 10, 3, tzinfo=UTC), disposition="connected_right_party")
    alice = acting(world.alice)
    week = queries.days(session, context=alice, today=TODAY)
    assert [(day.day.day, day.made, day.reached) for day in week] == [
        (4, 1, 0), (5, 0, 0), (6, 0, 0), (7, 0, 0), (8, 0, 0), (9, 1, 0), (10, 2, 1),
    ]  # fmt: skip


def test_a_provider_counts_interactions_of_leased_customers_only(session, world, make_customer, acting, touch):
    for leased in (True, False):
        touch(make_customer(leased=leased, phone=f"1391234136{int(leased)}"), datetime(2026, 3, 10, 3, tzinfo=UTC))
    assert sum(day.made for day in queries.days(session, context=acting(world.alice), today=TODAY)) == 2
    assert sum(day.made for day in queries.days(session, context=acting(world.dan), today=TODAY)) == 1


def test_decisions_are_counted_by_verdict_and_each_party_sees_its_own(session, world, make_customer, acting):
    customer = make_customer()
    now = datetime.now(UTC)
    acting(world.alice)
    for verdict, engagement_id, age in (
        ("deny", None, 1), ("allow", world.engagement_id, 1), ("deny", None, 40),
    ):  # fmt: skip
        [number] = next_numbers(session, kind="gate_decision")
        session.add(
            GateDecision(
                number=number, customer_id=customer, action="outbound_contact", verdict=verdict, party="client",
                decided_at=now - timedelta(days=age), valid_until=now, engagement_id=engagement_id,
            )
        )  # fmt: skip
    session.commit()
    since = now - timedelta(days=30)
    assert queries.verdicts(session, context=acting(world.alice), since=since) == {"deny": 1, "allow": 1}
    assert queries.verdicts(session, context=acting(world.bob), since=since) == {"allow": 1}


def test_open_cases_come_soonest_due_first_with_the_customers_name(session, world, view, make_customer, acting):
    names = ("Later", "Sooner", "Undated", "Kept back")
    for place, name in enumerate(names):
        customer_id = make_customer(name=name, phone=f"1391234136{place}", leased=name != "Kept back")
        alice = acting(world.alice)
        case = cases.open_case(session, context=alice, view=view, customer_id=customer_id, workflow="telecom.retention")
        case.due_at = {"Later": datetime(2026, 5, 1, tzinfo=UTC), "Undated": None}.get(
            name, datetime(2026, 4, 1 + place, tzinfo=UTC)
        )
        session.commit()
    shown = queries.open_cases(session, context=acting(world.alice), limit=3)
    assert [row.customer_name for row in shown] == ["Sooner", "Kept back", "Later"]
    shown = queries.open_cases(session, context=acting(world.dan))
    assert [row.customer_name for row in shown] == ["Sooner", "Later", "Undated"]


@contextmanager
def statements(app: Any) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_dashboard_takes_few_statements(app, world, make_customer, sign_in):
    make_customer()
    alice = sign_in(world.alice)
    alice.get("/")
    with statements(app) as sent:
        assert alice.get("/").status_code == 200
    assert len(sent) <= 8
