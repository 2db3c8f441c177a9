"""A KPI is the same number on the page, in the CSV and in storage, and explains itself."""

import csv
import io

import pytest

from core.context import Context
from core.customers.models import Customer
from core.db import scope
from core.metrics import queries, service
from core.metrics.models import MeterReading
from core.plugin.catalog import Catalog, CatalogView
from core.tenants.service import next_numbers

CHURN = "telecom.churn_rate"


@pytest.fixture
def view(app) -> CatalogView:
    catalog: Catalog = app.extensions["kehub"]["catalog"]
    return catalog.everything


def subscribers(session, context: Context, *churned: bool | None) -> None:
    scope.enter(session, context)
    numbers = next_numbers(session, kind="customer", count=len(churned))
    for number, state in zip(numbers, churned, strict=True):
        attributes = {} if state is None else {"telecom": {"churned": state}}
        session.add(Customer(number=number, name=f"C{number}", name_key=f"c{number}", attributes=attributes))
    session.commit()


def test_the_rate_counts_only_customers_whose_churn_is_known(session, world, view):
    subscribers(session, world.alice.context, True, False, False, None)
    scope.enter(session, world.alice.context)
    reading = queries.board(session, context=world.alice.context, view=view).reading(CHURN)
    assert (reading.numerator, reading.denominator, str(reading.value)) == (1, 3, "33.33")


def test_with_nobody_to_count_there_is_no_data_not_zero(session, world, view):
    scope.enter(session, world.alice.context)
    assert queries.board(session, context=world.alice.context, view=view).reading(CHURN).value is None


def test_screen_csv_and_storage_tell_one_number(session, world, view, sign_in):
    subscribers(session, world.alice.context, True, True, False, False, False, False, False)
    alice = sign_in(world.alice)
    assert "28.57%" in alice.get("/kpis").text
    text = alice.get("/kpis.csv").get_data().decode("utf-8-sig")
    rows = {row["kpi"]: row for row in csv.DictReader(io.StringIO(text))}
    assert (rows[CHURN]["numerator"], rows[CHURN]["denominator"], rows[CHURN]["value"]) == ("2", "7", "28.57")
    scope.enter(session, world.alice.context)
    service.store_readings(session, context=world.alice.context, view=view)
    stored = session.query(MeterReading).filter_by(kpi=CHURN).one()
    assert (stored.numerator, stored.denominator, stored.formula_version) == (2, 7, 1)
    assert stored.inputs["denominator"]["op"] == "and"


def test_the_rows_behind_a_number_are_those_counted(session, world, view, sign_in):
    subscribers(session, world.alice.context, True, False)
    scope.enter(session, world.alice.context)
    behind = queries.rows_behind(
        session, context=world.alice.context, view=view, key=CHURN, part="denominator", after=0
    )
    assert len(behind) == 2
    assert sign_in(world.alice).get(f"/kpis/{CHURN}?part=numerator").status_code == 200


def test_a_provider_counts_only_what_is_leased_to_it(session, world, view):
    subscribers(session, world.alice.context, True, False)
    scope.enter(session, world.bob.context)
    assert queries.board(session, context=world.bob.context, view=view).reading(CHURN).denominator == 0


def test_an_unknown_kpi_is_not_found(world, sign_in):
    alice = sign_in(world.alice)
    assert alice.get("/kpis/telecom.nonesuch").status_code == 404
    assert alice.get(f"/kpis/{CHURN}?part=sideways").status_code == 404


def test_the_dashboard_opens_for_every_role(world, sign_in):
    for person in world.people:
        assert sign_in(person).get("/").status_code == 200
