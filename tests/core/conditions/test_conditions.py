"""What a condition may say, what is refused when it is saved, and what the closure answers."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from core.conditions import ConditionError, compile_predicate, fields_of, flatten, parse
from tests.core.conditions.trees import TYPES, conditions, documents, means


def holds(tree: Any, **values: Any) -> bool:
    flat = {name.replace("__", "."): value for name, value in values.items()}
    return compile_predicate(tree, types=TYPES)(flat)


def faults(tree: Any) -> dict[str, str]:
    with pytest.raises(ConditionError) as raised:
        parse(tree, types=TYPES)
    return {each.field: each.message % each.params for each in raised.value.errors}


@settings(max_examples=300)
@given(tree=conditions, row=documents())
def test_the_closure_says_what_the_words_say(tree: dict[str, Any], row: dict[str, Any]) -> None:
    assert compile_predicate(tree, types=TYPES)(row) is means(tree, row)


@pytest.mark.parametrize(
    ("op", "value"),
    [("eq", 3), ("ne", 3), ("lt", 9), ("le", 9), ("gt", -9), ("ge", -9), ("in", [3]), ("between", [0, 9])],
)
@pytest.mark.parametrize("missing", [None, "", [], "three", 3.0, True])
def test_a_comparison_with_a_missing_value_is_false_and_its_negation_true(op: str, value: Any, missing: Any) -> None:
    leaf = {"op": op, "field": "funeral.guests", "value": value}
    assert holds(leaf, funeral__guests=missing) is False
    assert holds({"op": "not", "of": leaf}, funeral__guests=missing) is True
    assert holds({"op": "not", "of": leaf}) is True


def test_typed_values_compare_like_stored_ones() -> None:
    after = {"op": "ge", "field": "funeral.day", "value": "2027-01-01"}
    assert holds(after, funeral__day=date(2027, 1, 1))
    assert holds(after, funeral__day="2027-01-01")
    moment = {"op": "lt", "field": "funeral.called_at", "value": "2027-01-01T16:00:00+08:00"}
    assert holds(moment, funeral__called_at="2027-01-01T07:59:59Z")
    assert holds(moment, funeral__called_at=datetime(2027, 1, 1, 7, 59, 59, tzinfo=UTC))
    assert not holds(moment, funeral__called_at="2027-01-01T08:00:00Z")
    rate = {"op": "eq", "field": "funeral.rate", "value": Decimal("0.10")}
    assert holds(rate, funeral__rate="0.1")
    assert holds(rate, funeral__rate=0.1)
    assert holds(rate, funeral__rate=Decimal("0.1"))


def test_an_and_of_nothing_takes_everything() -> None:
    assert holds({"op": "and", "of": []})


def test_a_list_contains_a_choice() -> None:
    tree = {"op": "contains", "field": "funeral.flowers", "value": "rose"}
    assert holds(tree, funeral__flowers=["lily", "rose"])
    assert not holds(tree, funeral__flowers=["lily"])
    assert not holds(tree)


def test_a_document_is_flattened_to_the_names_conditions_use() -> None:
    row = {"state": "active", **flatten({"funeral": {"guests": 4}})}
    tree = {"op": "and", "of": [{"op": "gt", "field": "funeral.guests", "value": 3}]}
    assert compile_predicate(tree, types=TYPES)(row)


def test_every_fault_is_named_at_its_place() -> None:
    tree = {
        "op": "and",
        "of": [
            {"op": "equals", "field": "state", "value": "active"},
            {"op": "eq", "field": "funeral.plann", "value": "oak"},
            {"op": "eq", "field": "funeral.guests", "value": "many"},
            {"op": "gt", "field": "funeral.paid", "value": True},
            {"op": "eq", "field": "funeral.plan", "value": "ash"},
            {"op": "or", "of": []},
            {"op": "is_set", "field": "state", "value": 1},
        ],
    }
    found = faults(tree)
    assert found["$.of[0].op"].startswith("There is no operator “equals”. There are: and, or, not, eq")
    assert found["$.of[1].field"] == "There is no field “funeral.plann” here."
    assert found["$.of[2].value"] == "“funeral.guests” needs a whole number."
    assert found["$.of[3].op"] == "“gt” does not work on “funeral.paid”, which is of the kind boolean."
    assert found["$.of[4].value"] == "“funeral.plan” needs the key of one of the choices."
    assert found["$.of[5].of"] == "“or” needs a list of conditions in “of”."
    assert found["$.of[6].value"] == "“value” has no place here."
    assert len(found) == 7


@pytest.mark.parametrize(
    ("leaf", "path", "words"),
    [
        ({"op": "eq", "field": "funeral.note", "value": ""}, "$.value", "not empty"),
        ({"op": "eq", "field": "funeral.note", "value": "a\0"}, "$.value", "cannot be stored"),
        ({"op": "eq", "field": "funeral.guests", "value": True}, "$.value", "whole number"),
        ({"op": "eq", "field": "funeral.guests", "value": 2**63}, "$.value", "whole number"),
        ({"op": "eq", "field": "funeral.rate", "value": float("nan")}, "$.value", "a number"),
        ({"op": "eq", "field": "funeral.paid", "value": 1}, "$.value", "true or false"),
        ({"op": "eq", "field": "funeral.day", "value": "2027-02-30"}, "$.value", "2027-01-31"),
        ({"op": "eq", "field": "funeral.day", "value": "20270131"}, "$.value", "2027-01-31"),
        ({"op": "eq", "field": "funeral.called_at", "value": "2027-01-31T08:00:00"}, "$.value", "zone"),
        ({"op": "in", "field": "funeral.guests", "value": 3}, "$.value", "list"),
        ({"op": "in", "field": "funeral.guests", "value": []}, "$.value", "1 to 1000"),
        ({"op": "in", "field": "funeral.guests", "value": [1, "x"]}, "$.value[1]", "whole number"),
        ({"op": "between", "field": "funeral.guests", "value": [1]}, "$.value", "two values"),
        ({"op": "between", "field": "funeral.guests", "value": [2, 1]}, "$.value", "above"),
        ({"op": "not", "of": [{}, {}]}, "$.of", "object with “op”"),
        ("churned", "$", "object with “op”"),
        ({"op": 1}, "$", "object with “op”"),
        ({"op": "and", "of": [], "off": 1}, "$.off", "no place here"),
    ],
)
def test_wrong_values_are_refused_with_a_reason(leaf: Any, path: str, words: str) -> None:
    assert words in faults(leaf)[path]


def test_depth_and_size_have_limits() -> None:
    deep: Any = {"op": "is_set", "field": "state"}
    for _ in range(49):
        deep = {"op": "not", "of": deep}
    parse(deep, types=TYPES)
    assert "deeper than 50" in next(iter(faults({"op": "not", "of": deep}).values()))
    leaf = {"op": "is_set", "field": "state"}
    parse({"op": "and", "of": [leaf] * 499}, types=TYPES)
    assert list(faults({"op": "and", "of": [leaf] * 100_000}).values()) == ["The condition has more than 500 parts."]


def test_the_message_of_the_error_names_the_places() -> None:
    with pytest.raises(ConditionError, match=r"\$\.field: There is no field “x” here\."):
        parse({"op": "is_set", "field": "x"}, types=TYPES)


def test_the_fields_of_a_tree_are_known() -> None:
    tree = {
        "op": "or",
        "of": [{"op": "not", "of": {"op": "is_set", "field": "state"}}, {"op": "is_set", "field": "since"}],
    }
    assert fields_of(tree) == fields_of(parse(tree, types=TYPES)) == {"state", "since"}


def test_three_leaves_are_asked_a_hundred_thousand_times_a_second() -> None:
    ask = compile_predicate(
        {
            "op": "and",
            "of": [
                {"op": "eq", "field": "funeral.plan", "value": "oak"},
                {"op": "gt", "field": "funeral.guests", "value": 2},
                {"op": "ge", "field": "funeral.day", "value": "2027-01-01"},
            ],
        },
        types=TYPES,
    )
    row = {"funeral.plan": "oak", "funeral.guests": 7, "funeral.day": "2027-01-31"}
    spent = []
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(10_000):
            ask(row)
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.1
