"""A vehicle in a tenant: its warranty runs from the right day, its odometer and its repairs are watched."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select

from core.cases.models import Case
from core.clocks.models import Clock
from core.customers.service import create_customer
from core.db import scope
from core.facade import create_record, open_case, take_step, update_record, view_of
from core.gate.acts import GateRefused
from core.gate.models import Finding
from core.records.models import Record
from core.records.service import add_reading
from core.testing.people import World, make_world
from plugins.auto.demo import _vin

SOLD = date(2026, 3, 2)
VINS = (_vin(index) for index in count(1))


@pytest.fixture(scope="module")
def dealer(app) -> World:
    return make_world(app, verticals=("auto",))


@pytest.fixture
def sold(session, dealer):
    """A car that a customer has, and how to change, read and repair it."""
    context = dealer.alice.context
    scope.enter(session, context)
    view = view_of(session, context=context)
    holder = create_customer(session, context=context, values={"name": "陈晓"}).id

    class Sold:
        def __init__(self) -> None:
            self.car = create_record(
                session, context=context, view=view, type="auto.vehicle", customer_id=holder, state="sold",
                values={"vin": next(VINS), "model": "A5", "invoice_date": str(SOLD)},
            )  # fmt: skip

        def change(self, **values) -> None:
            update_record(
                session, context=context, view=view, record_id=self.car.id, version=self.car.version, values=values
            )

        def read(self, km: int, days_ago: float, status: str = "original") -> None:
            add_reading(
                session, context=context, view=view, record_id=self.car.id, counter="odometer", value=km, status=status,
                read_at=datetime.now(UTC) - timedelta(days=days_ago),
            )  # fmt: skip

        def repair(self, day: int, **values) -> None:
            create_record(
                session, context=context, view=view, type="auto.repair", customer_id=holder, parent_id=self.car.id,
                values={"fault_category": "brakes", "opened_at": f"2026-04-{day:02} 09:00",
                        "closed_at": f"2026-04-{day:02} 17:00", **values},
            )  # fmt: skip

        @property
        def covered_from(self) -> str:
            return session.scalar(select(Record.attributes).where(Record.id == self.car.id))["auto"]["covered_from"]

        @property
        def findings(self) -> dict[str, str]:
            session.flush()
            rows = session.execute(select(Finding.rule, Finding.state).where(Finding.subject_id == self.car.id))
            return {row.rule: row.state for row in rows}

        @property
        def cases(self) -> list[tuple[str, str]]:
            session.flush()
            rows = session.execute(select(Case.workflow, Case.state).where(Case.record_id == self.car.id))
            return [(row.workflow, row.state) for row in rows]

        @property
        def due(self) -> dict[str, date]:
            """The last day of each clock, in Shanghai."""
            session.flush()
            rows = session.execute(select(Clock.timer, Clock.due_at).where(Clock.record_id == self.car.id))
            return {row.timer: (row.due_at + timedelta(hours=8, seconds=-1)).date() for row in rows}

    return Sold()


def test_the_warranty_counts_from_the_invoice_and_from_the_delivery_where_that_is_another_day(sold) -> None:
    assert sold.covered_from == "2026-03-02"
    assert sold.due == {"warranty": date(2029, 3, 2), "sanbao": date(2028, 3, 2)}
    sold.change(delivered_at="2026-03-09")
    assert sold.covered_from == "2026-03-09"
    assert sold.due == {"warranty": date(2029, 3, 9), "sanbao": date(2028, 3, 9)}


def test_an_odometer_that_went_back_is_found_and_settled_once_a_new_instrument_is_noted(sold) -> None:
    sold.read(20_000, 60)
    sold.read(20_400, 30)
    assert sold.findings == {}
    sold.read(9_000, 10)
    assert sold.findings == {"auto.odometer": "open"}
    sold.read(9_050, 5, status="replaced")
    assert sold.findings == {"auto.odometer": "settled"}


def test_the_first_repair_of_a_serious_safety_fault_is_found_and_opens_one_case(sold) -> None:
    sold.repair(5, severity="ordinary")
    assert (sold.findings, sold.cases) == ({}, [])
    sold.repair(9, severity="safety")
    sold.repair(15, severity="safety", resolved="no")
    assert sold.findings == {"auto.sanbao": "open"}
    assert sold.cases == [("auto.sanbao", "noticed")]


def test_who_drops_the_case_settles_the_finding(session, dealer, sold) -> None:
    sold.repair(9, severity="safety")
    case = session.scalars(select(Case).where(Case.record_id == sold.car.id)).one()
    context = dealer.alice.context
    take_step(
        session, context=context, view=view_of(session, context=context), case_id=case.id, version=case.version,
        transition="drop",
    )  # fmt: skip
    assert sold.findings == {"auto.sanbao": "settled"}


def below(session, dealer, sold, kind: str, state: str = "", **values):
    context = dealer.alice.context
    return create_record(
        session, context=context, view=view_of(session, context=context), type=f"auto.{kind}", parent_id=sold.car.id,
        customer_id=sold.car.customer_id, state=state or None, values=values,
    )  # fmt: skip


RECALL = {"campaign_no": "S2026M0012", "component": "安全气囊", "remedy": "replace", "announced_on": "2026-10-01"}


def test_no_test_drive_of_a_car_while_its_recall_is_open_and_one_after_it(session, dealer, sold) -> None:
    recall = below(session, dealer, sold, "recall", **RECALL)
    drive = {"model": "A5", "licence_checked": "yes", "licence_until": "2031-01-01", "agreement_signed": "yes"}
    with pytest.raises(GateRefused, match=r"recall|召回"):
        below(session, dealer, sold, "test_drive", "driven", **drive)
    context = dealer.alice.context
    case = open_case(
        session, context=context, view=view_of(session, context=context), customer_id=sold.car.customer_id,
        workflow="auto.recall", record_id=recall.id,
    )  # fmt: skip
    take_step(
        session, context=context, view=view_of(session, context=context), case_id=case.id, version=case.version,
        transition="remedy",
    )  # fmt: skip
    assert recall.state == "remedied"
    assert below(session, dealer, sold, "test_drive", "driven", **drive).state == "driven"


def test_a_service_that_ends_with_the_car_handed_over_is_noted_on_it(session, dealer, sold) -> None:
    for purpose, day in (
        ("maintenance", "2026-09-01 10:00"),
        ("first_service", "2026-05-01 10:00"),
        ("bodywork", "2026-10-01 10:00"),
    ):
        below(session, dealer, sold, "service_visit", "handed_over", purpose=purpose, handed_over_at=day)
    session.flush()
    held = session.scalar(select(Record.attributes).where(Record.id == sold.car.id))["auto"]
    assert held["last_service_on"] == "2026-09-01"


def test_a_second_lead_of_a_customer_waits_for_a_second_person(session, dealer, sold) -> None:
    context = dealer.alice.context

    def lead():
        return open_case(
            session, context=context, view=view_of(session, context=context), customer_id=sold.car.customer_id,
            workflow="auto.lead",
        )  # fmt: skip

    assert lead().state == "new"
    with pytest.raises(GateRefused):
        lead()
