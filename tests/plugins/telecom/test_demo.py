"""The demonstration's subscribers are the same for the same seed, valid, and churn like real ones."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from core.fields.fieldset import FieldSet
from core.plugin.standards import iccid, imsi
from plugins.telecom.demo import DEMO
from plugins.telecom.numbers import msisdn

MANY = 4000


@pytest.fixture(scope="module")
def subscribers() -> list[dict[str, Any]]:
    random = Random(20261122)
    return [dict(DEMO.customer(random, index)) for index in range(MANY)]


def as_written(values: dict[str, Any], customer_fields: FieldSet) -> dict[str, Any]:
    """Values as a person would type them into the form."""
    kinds = {name.partition(".")[2]: field.kind for name, field in customer_fields.fields.items()}
    words = {True: "yes", False: "no"}
    return {
        f"telecom.{key}": words[value]
        if kinds[key] == "boolean"
        else f"{value / 100:.2f}"
        if kinds[key] == "money"
        else str(value)
        for key, value in values.items()
    }


def test_one_seed_makes_the_same_subscribers() -> None:
    assert DEMO.customer(Random(7), 3) == DEMO.customer(Random(7), 3)


def test_about_26_5_percent_have_churned_and_most_of_them_month_to_month(subscribers: list[dict[str, Any]]) -> None:
    gone = [each for each in subscribers if each["churned"]]
    assert 0.245 < len(gone) / MANY < 0.285
    assert sum(each["contract"] == "month_to_month" for each in gone) > 0.8 * len(gone)


def test_a_few_bills_are_a_shock_so_that_the_rule_is_seen_at_work(subscribers: list[dict[str, Any]]) -> None:
    shocks = sum(each["monthly_charge"] > 5 * each["charge_mean_3m"] for each in subscribers)
    assert 0.01 < shocks / MANY < 0.03


def test_every_value_passes_the_form_unchanged(subscribers: list[dict[str, Any]], customer_fields: FieldSet) -> None:
    for each in subscribers[:200]:
        values, errors = customer_fields.parse(as_written(each, customer_fields), partial=True)
        assert errors == []
        assert values == {f"telecom.{key}": value for key, value in each.items()}


def test_every_line_has_numbers_that_can_exist_and_that_no_other_line_has(
    subscribers: list[dict[str, Any]], view
) -> None:
    assert DEMO.records is not None
    random = Random(5)
    lines = [line for index, each in enumerate(subscribers[:300]) for line in DEMO.records(random, index, each)]
    line_fields = FieldSet.of(view, target="record:telecom.line")
    states = {state.key for state in view.record_types["telecom.line"].states}
    for line in lines:
        assert line["state"] in states
        assert line["identifiers"]["msisdn"] == msisdn(line["identifiers"]["msisdn"])
        assert line["identifiers"]["iccid"] == iccid(line["identifiers"]["iccid"])
        assert line["identifiers"]["imsi"] == imsi(line["identifiers"]["imsi"])
        assert {f"telecom.{key}" for key in line["attributes"]} <= set(line_fields.fields)
    for scheme in ("msisdn", "iccid", "imsi"):
        assert len({line["identifiers"][scheme] for line in lines}) == len(lines)


def test_who_has_no_telephone_has_no_line() -> None:
    assert DEMO.records is not None
    assert DEMO.records(Random(1), 0, {"phone_service": False}) == []
