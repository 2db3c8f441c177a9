"""IBM's sample of subscribers goes through the importer's layout whole, and its churn is 26.54 %."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from core.conditions import compile_predicate
from core.fields.fieldset import FieldSet


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "telecom" / "ibm_telco_customer_churn.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def customers(rows: list[dict[str, str]], view, customer_fields: FieldSet) -> list[dict[str, Any]]:
    """Each row as stored values by name, after value maps and the parsing of every field."""
    importer = view.importers["telecom.ibm_churn"]
    stored = []
    for row in rows:
        raw = {
            target: importer.values.get(column, {}).get(row[column], row[column])
            for column, target in importer.columns.items()
        }
        values, errors = customer_fields.parse({"state": "active", **raw})
        assert errors == [], (row["customerID"], errors)
        stored.append({"state": "active", **customer_fields.flat(customer_fields.attributes(values))})
    return stored


def test_every_column_is_mapped_and_every_coded_cell_has_a_meaning(rows: list[dict[str, str]], view) -> None:
    importer = view.importers["telecom.ibm_churn"]
    assert list(importer.columns) == list(rows[0])
    for column, meanings in importer.values.items():
        assert {row[column] for row in rows} == set(meanings)


def test_the_churn_rate_is_26_54_percent(customers: list[dict[str, Any]], view, customer_fields: FieldSet) -> None:
    kpi = view.kpis["telecom.churn_rate"]
    types = customer_fields.types()
    numerator = sum(map(compile_predicate(kpi.numerator, types=types), customers))
    denominator = sum(map(compile_predicate(kpi.denominator, types=types), customers))
    assert (numerator, denominator) == (1869, 7043)
    assert f"{100 * numerator / denominator:.2f}" == "26.54"


def test_eleven_customers_come_without_a_total_and_the_others_to_the_cent(customers: list[dict[str, Any]]) -> None:
    totals = [customer.get("telecom.total_charge") for customer in customers]
    assert totals.count(None) == 11
    assert totals[:2] == [2985, 188950]


def test_a_coded_cell_is_kept_as_its_choice(customers: list[dict[str, Any]]) -> None:
    first = customers[0]
    assert first["telecom.contract"] == "month_to_month"
    assert first["telecom.multiple_lines"] == "no_phone"
    assert first["telecom.senior_citizen"] is False
