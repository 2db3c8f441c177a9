"""Whether a shipment came in time: noted on it, counted over many, and the same as in a public record of 10,324."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from core.cases.models import Case
from core.conditions import compile_predicate
from core.conditions.values import ValueType
from core.customers.service import create_customer
from core.db import scope
from core.facade import create_record, update_record, view_of
from core.fields.fieldset import FieldSet
from core.gate.acts import GateDenied
from core.gate.models import Finding
from core.records.models import Record
from core.testing.people import World, make_world
from plugins.logistics.demo import DEMO
from plugins.logistics.upkeep import chargeable_weight, expected, on_time


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> list[dict[str, str]]:
    path = shared_data / "logistics" / "SCMS_Delivery_History_Dataset.csv"
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_of_usaids_deliveries_88_51_percent_came_in_time(rows, view) -> None:
    def moment(text: str) -> str:
        return datetime.strptime(text, "%d-%b-%y").strftime("%Y-%m-%dT00:00:00Z")  # noqa: DTZ007 - a day

    kpi = view.kpis["logistics.on_time_rate"]
    types = {**FieldSet.of(view, target="record:logistics.shipment").types(), "state": ValueType(kind="text")}
    numerator, denominator = (compile_predicate(each, types=types) for each in (kpi.numerator, kpi.denominator))
    shipments = [
        {"promised_at": moment(row["Scheduled Delivery Date"]), "delivered_at": moment(row["Delivered to Client Date"])}
        for row in rows
    ]
    known = [{"logistics.on_time": on_time(each)} for each in shipments]
    counted = sum(map(numerator, known)), sum(map(denominator, known))
    assert counted == (9138, 10324)
    assert f"{100 * counted[0] / counted[1]:.2f}" == "88.51"


@pytest.fixture(scope="module")
def carrier(app) -> World:
    return make_world(app, verticals=("logistics",))


@pytest.fixture
def ship(session, carrier):
    def made(*, customer_id=None, **values) -> Record:
        context = carrier.alice.context
        scope.enter(session, context)
        record = create_record(
            session, context=context, view=view_of(session, context=context), type="logistics.shipment",
            customer_id=customer_id,
            values={"carriage": "express", "inspected": "yes", "sender_verified": "yes", **values},
        )  # fmt: skip
        session.flush()
        return record

    return made


@pytest.mark.parametrize(("delivered", "known"), [("2026-03-02 10:00", True), ("2026-03-02 10:01", False)])
def test_a_shipment_nobody_holds_is_noted_as_in_time_or_late_once_it_is_delivered(
    session, carrier, ship, delivered, known
) -> None:
    record = ship(waybill=f"W{delivered[-2:]}", promised_at="2026-03-02 10:00")
    assert "on_time" not in record.attributes["logistics"]
    context = carrier.alice.context
    view = view_of(session, context=context)
    for state in ("accepted", "in_transit", "out_for_delivery"):
        update_record(session, context=context, view=view, record_id=record.id, version=record.version, state=state)
    update_record(
        session, context=context, view=view, record_id=record.id, version=record.version, state="delivered",
        values={"delivered_at": delivered},
    )  # fmt: skip
    session.expire_all()
    held = session.scalar(select(Record.attributes).where(Record.id == record.id))
    assert held["logistics"]["on_time"] is known
    assert record.customer_id is None


@pytest.mark.parametrize("held", [True, False])
def test_a_late_shipment_is_found_and_its_customer_if_it_has_one_gets_a_case(session, carrier, ship, held) -> None:
    context = carrier.alice.context
    scope.enter(session, context)
    holder = create_customer(session, context=context, values={"name": "陈晓"}).id if held else None
    record = ship(waybill=f"L{held}", promised_at="2026-03-02 10:00", customer_id=holder)
    rules = session.scalars(select(Finding.rule).where(Finding.subject_id == record.id, Finding.state == "open"))
    cases = session.execute(select(Case.workflow, Case.state).where(Case.record_id == record.id)).all()
    assert list(rules) == ["logistics.delay"]
    assert cases == ([("logistics.delay", "found")] if held else [])


def test_express_refuses_hazardous_chemicals_when_the_shipment_is_entered(session, ship) -> None:
    with pytest.raises(GateDenied) as refused:
        ship(waybill="DG1", goods="dangerous")
    session.rollback()
    assert "第六十四条" in refused.value.reasons[0]["citation"]


def test_the_demonstration_is_late_as_often_as_the_public_record_and_every_value_passes_the_form(view) -> None:
    random = Random(20261122)
    shippers = [DEMO.customer(random, index) for index in range(1500)]
    made = [each for index, one in enumerate(shippers) for each in DEMO.records(random, index, one)]
    known = [each["attributes"]["on_time"] for each in made if "on_time" in each["attributes"]]
    assert 0.08 < known.count(False) / len(known) < 0.14
    unheld = DEMO.stock(random)
    waybills = [each["identifiers"]["waybill"] for each in [*made, *unheld]]
    assert len(unheld) > 0
    assert len(set(waybills)) == len(waybills)
    fields = FieldSet.of(view, target="record:logistics.shipment").fields
    states = {state.key for state in view.record_types["logistics.shipment"].states}
    assert all({f"logistics.{key}" for key in each["attributes"]} <= set(fields) for each in made)
    assert {each["state"] for each in made} <= states


NUMBERS = {
    "stale_hours_express": 24, "stale_hours_freight": 72, "lost_days_local": 7, "lost_days_intercity": 10,
    "lost_days_remote": 30, "volume_divisor_express": 5000, "volume_divisor_air": 6000,
}  # fmt: skip


@pytest.mark.parametrize(
    ("carriage", "zone", "stale", "lost"),
    [("express", "local", "2026-03-03T04:00:00Z", "2026-03-09T04:00:00Z"),
     ("road", "intercity", "2026-03-05T04:00:00Z", "2026-03-12T04:00:00Z"),
     ("air", None, "2026-03-05T04:00:00Z", "2026-04-01T04:00:00Z")],
)  # fmt: skip
def test_the_next_scan_and_the_day_it_counts_as_lost_follow_the_last_scan(carriage, zone, stale, lost) -> None:
    held = {"carriage": carriage, "last_scan_at": "2026-03-02T04:00:00Z", **({"zone": zone} if zone else {})}
    assert expected(held, NUMBERS) == {"stale_at": stale, "lost_at": lost}
    assert expected({"carriage": carriage}, NUMBERS) == {"stale_at": None, "lost_at": None}


@pytest.mark.parametrize(
    ("carriage", "actual", "kilograms"),
    [("express", "1.5", "12.00"), ("express", "12.01", "12.01"), ("air", "1.5", "10.00"), ("air", None, "None")],
)
def test_what_is_charged_is_the_greater_of_actual_and_volume_weight(carriage, actual, kilograms) -> None:
    held = {
        "carriage": carriage,
        "length": "50",
        "width": "40",
        "height": "30",
        **({"actual_weight": actual} if actual else {}),
    }
    assert str(chargeable_weight(held, NUMBERS)) == kilograms


def test_a_scan_gives_the_shipment_its_clocks_and_its_weight(session, carrier, ship) -> None:
    record = ship(
        waybill="W-SCAN",
        zone="local",
        last_scan_at="2026-03-02 12:00",
        length="50",
        width="40",
        height="30",
        actual_weight="1.5",
    )
    session.expire_all()
    held = session.scalar(select(Record.attributes).where(Record.id == record.id))["logistics"]
    assert (held["stale_at"], held["lost_at"]) == ("2026-03-03T04:00:00Z", "2026-03-09T04:00:00Z")
    assert held["chargeable_weight"] == "12"
