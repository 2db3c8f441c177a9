"""The demonstration bank's customers are the same for the same seed, pass its forms, and show what its rules look for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from core.fields.fieldset import FieldSet
from plugins.banking.accounts import account_number
from plugins.banking.demo import DEMO
from tests.plugins.subjects import as_written

MANY = 1500


@pytest.fixture(scope="module")
def customers() -> list[dict[str, Any]]:
    random = Random(20261122)
    return [dict(DEMO.customer(random, index)) for index in range(MANY)]


def test_one_seed_makes_the_same_customers_and_records() -> None:
    one, other = (DEMO.customer(Random(7), 3) for _ in range(2))
    assert one == other
    assert DEMO.records(Random(7), 3, one) == DEMO.records(Random(7), 3, other)


def test_every_value_passes_the_form_unchanged(view, customers: list[dict[str, Any]]) -> None:
    form = FieldSet.of(view)
    for each in customers[:200]:
        values, errors = form.parse(as_written(form, "banking", each), partial=True)
        assert errors == []
        assert values == {f"banking.{key}": value for key, value in each.items()}


def test_most_are_small_and_cautious_and_some_due_for_a_review(customers: list[dict[str, Any]]) -> None:
    segments = Counter(each["segment"] for each in customers)
    assert 0.66 < segments["mass"] / MANY < 0.78
    levels = Counter(each.get("risk_capacity") for each in customers)
    assert levels["c2"] > levels["c4"] > levels["c5"] > 0
    overdue = sum(each["kyc_state"] == "overdue" for each in customers)
    assert 0.02 < overdue / MANY < 0.06
    today = datetime.now(UTC).date()
    assert all(each["kyc_due_on"] < today for each in customers if each["kyc_state"] == "overdue")


def test_every_record_passes_its_form_in_a_state_of_its_type_with_a_number_of_its_own(view, customers) -> None:
    random, numbers = Random(5), []
    for index, each in enumerate(customers[:300]):
        made = DEMO.records(random, index, each)
        accounts = [record for record in made if record["type"] == "account"]
        assert 1 <= len(accounts) <= 3
        assert sum(record["state"] == "valid" for record in made) == ("risk_capacity" in each)
        for record in made:
            kind = f"banking.{record['type']}"
            assert record["state"] in {state.key for state in view.record_types[kind].states}
            assert record["occurred_at"] <= datetime.now(UTC)
            form = FieldSet.of(view, target=f"record:{kind}")
            _, errors = form.parse(as_written(form, "banking", record["attributes"]), partial=True)
            assert errors == []
        numbers += [record["identifiers"]["account_no"] for record in accounts]
    assert [account_number(each) for each in numbers] == numbers
    assert len(set(numbers)) == len(numbers)
