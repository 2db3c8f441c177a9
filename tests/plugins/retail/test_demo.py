"""The demonstration shop's members are the same for the same seed, pass its forms, and return about one order in ten."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from core.fields.fieldset import FieldSet
from plugins.retail.demo import DEMO
from plugins.retail.numbers import member_card
from tests.plugins.subjects import as_written, ask_act

MANY = 1500


@pytest.fixture(scope="module")
def members() -> list[dict[str, Any]]:
    random = Random(20261122)
    return [dict(DEMO.customer(random, index)) for index in range(MANY)]


@pytest.fixture(scope="module")
def records(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    random = Random(5)
    made = [record for index, each in enumerate(members[:500]) for record in DEMO.records(random, index, each)]
    return [*made, *(child for record in made for child in record.get("children", ()))]


def test_one_seed_makes_the_same_members_and_records() -> None:
    one, other = (DEMO.customer(Random(7), 3) for _ in range(2))
    assert one == other
    assert DEMO.records(Random(7), 3, one) == DEMO.records(Random(7), 3, other)


def test_every_value_passes_the_form_unchanged(view, members: list[dict[str, Any]]) -> None:
    form = FieldSet.of(view)
    for each in members[:200]:
        values, errors = form.parse(as_written(form, "retail", each), partial=True)
        assert errors == []
        assert values == {f"retail.{key}": value for key, value in each.items()}


def test_the_higher_the_tier_the_fewer_and_the_more_they_spend(members: list[dict[str, Any]]) -> None:
    tiers = Counter(each["tier"] for each in members)
    assert tiers["standard"] > tiers["silver"] > tiers["gold"] > tiers["black"] > 0
    spent = {tier: max(each["spent_12m"] for each in members if each["tier"] == tier) for tier in tiers}
    assert spent["black"] > spent["gold"] > spent["silver"] > spent["standard"]


def test_about_one_order_in_ten_comes_back(records: list[dict[str, Any]]) -> None:
    states = Counter(record["state"] for record in records if record["type"] == "order")
    back = states["returned"] + states["exchanged"]
    assert 0.07 < back / (back + states["received"]) < 0.15


def test_every_record_passes_its_form_in_a_state_of_its_type(view, records: list[dict[str, Any]]) -> None:
    for record in records:
        kind = f"retail.{record['type']}"
        assert record["state"] in {state.key for state in view.record_types[kind].states}
        assert record["occurred_at"] <= datetime.now(UTC)
        form = FieldSet.of(view, target=f"record:{kind}")
        _, errors = form.parse(as_written(form, "retail", record["attributes"]), partial=True)
        assert errors == []
    numbers = [tuple(record["identifiers"].items()) for record in records]
    assert len(set(numbers)) == len(numbers)
    cards = [record["attributes"]["card_no"] for record in records if record["type"] == "membership"]
    assert [member_card(each) for each in cards] == cards


def test_no_prepaid_card_of_the_demonstration_breaks_the_law(view, records: list[dict[str, Any]]) -> None:
    cards = [record for record in records if record["type"] == "prepaid_card"]
    assert cards
    for card in cards:
        shown = {"attributes": card["attributes"], "amount_minor": card["attributes"]["purchase_total"]}
        assert ask_act(view, "retail.prepaid_limit", record=shown) is None
        assert card["amount_minor"] <= card["attributes"]["purchase_total"]
