"""Typed values go into the document and come out again: as stored JSON, as text on a page, as controls of a form."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.numbers import get_currency_precision
from flask import Flask
from flask_babel import Babel, force_locale
from hypothesis import given
from hypothesis import strategies as st

from core.conditions import compile_predicate
from core.fields import merge_attributes, stored, typed
from core.fields.controls import controls, form_value
from core.fields.display import display
from tests.core.fields.sample import CUSTOMER, FUNERAL

SHANGHAI = ZoneInfo("Asia/Shanghai")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "wood": st.sampled_from(["oak", "pine"]),
    "flowers": st.lists(st.sampled_from(["lily", "rose", "iris"]), min_size=1, unique=True).map(tuple),
    "guests": st.integers(0, 400),
    "rate": st.decimals(0, "0.5", places=6),
    "price": st.integers(0, 10_000_00),
    "yen": st.integers(-(10**9), 10**9),
    "paid": st.booleans(),
    "day": st.dates(date(2000, 1, 1)),
    "begins_at": st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001
}


def shown(key: str, value: Any, locale: str = "en", **rest: Any) -> str:
    return display(FUNERAL.fields[f"funeral.{key}"], value, locale=locale, **rest)


@given(values=st.fixed_dictionaries({}, optional=VALUES))
def test_what_is_stored_comes_back_typed(values: dict[str, Any]) -> None:
    document = FUNERAL.attributes({f"funeral.{key}": value for key, value in values.items()})
    held = document.get("funeral", {})
    assert {key: typed(FUNERAL.fields[f"funeral.{key}"], value) for key, value in held.items()} == values


@given(values=st.fixed_dictionaries({}, optional=VALUES))
def test_what_a_form_shows_is_read_back_the_same(values: dict[str, Any]) -> None:
    named = {f"funeral.{key}": value for key, value in values.items() if key != "begins_at"}
    typed_again = {}
    for name, value in named.items():
        field = FUNERAL.fields[name]
        typed_again[name] = form_value(field, stored(value), currency=field.currency or "CNY")
    assert FUNERAL.parse(typed_again, partial=True) == (named, [])


def test_the_stored_form_is_one_for_equal_values() -> None:
    assert stored(Decimal("1.500")) == stored(Decimal("1.5")) == "1.5"
    assert stored(Decimal("-0.00")) == "0"
    assert stored(Decimal("1E+3")) == "1000"
    tokyo = timezone(timedelta(hours=9))
    assert (
        stored(datetime(2027, 1, 1, 9, tzinfo=tokyo))
        == stored(datetime(2027, 1, 1, tzinfo=UTC))
        == "2027-01-01T00:00:00Z"
    )
    assert stored(("a", "b")) == ["a", "b"]


def test_a_document_of_another_time_is_read_with_care() -> None:
    assert typed(FUNERAL.fields["funeral.day"], "soon") is None
    assert typed(FUNERAL.fields["funeral.rate"], "much") is None
    assert typed(FUNERAL.fields["funeral.begins_at"], "2027-01-01T00:00:00") is None
    assert shown("day", "soon") == "–"
    assert shown("wood", "ash") == "ash"


def test_changes_touch_nothing_but_what_they_name() -> None:
    old: dict[str, dict[str, Any]] = {"funeral": {"wood": "oak", "guests": 3}, "bakery": {"cake": "plum"}}
    values = {"name": "张三", "funeral.wood": None, "funeral.day": date(2027, 1, 2)}
    assert merge_attributes(old, CUSTOMER.changes(values)) == {
        "funeral": {"guests": 3, "day": "2027-01-02"},
        "bakery": {"cake": "plum"},
    }
    assert old["funeral"] == {"wood": "oak", "guests": 3}
    assert merge_attributes({"funeral": {"wood": "oak"}}, {"funeral": {"wood": None}}) == {}
    assert CUSTOMER.core_values(values) == {"name": "张三"}


def test_conditions_know_the_fields_by_the_same_names() -> None:
    types = CUSTOMER.types()
    assert (types["name"].column, types["funeral.wood"].column) == ("name", None)
    ask = compile_predicate({"op": "eq", "field": "funeral.wood", "value": "oak"}, types=types)
    assert ask(CUSTOMER.flat({"funeral": {"wood": "oak"}, "bakery": {"wood": "pine"}}))


@pytest.mark.parametrize(
    ("key", "value", "zh", "en"),
    [
        ("wood", "oak", "橡木", "Oak"),
        ("flowers", ["lily", "rose"], "百合、玫瑰", "Lily, Rose"),
        ("paid", True, "是", "Yes"),
        ("paid", False, "否", "No"),
        ("guests", 1200, "1,200 人", "1,200 people"),
        ("rate", "0.125", "0.125", "0.125"),
        ("rate", "-1234.5", "−1,234.5", "−1,234.5"),
        ("price", 123450, "¥1,234.50", "¥1,234.50"),
        ("price", -5, "−¥0.05", "−¥0.05"),
        ("yen", 1500, "JP¥1,500", "¥1,500"),
        ("day", "2027-01-02", "2027-01-02", "2 Jan 2027"),
        ("begins_at", "2027-01-01T16:30:00Z", "2027-01-02 00:30", "2 Jan 2027 00:30"),
        ("motto", "静", "静", "静"),
        *[(key, None, "–", "–") for key in ("wood", "flowers", "paid", "guests", "price", "day", "begins_at", "motto")],
        ("flowers", [], "–", "–"),
        ("motto", "", "–", "–"),
    ],
)
def test_a_value_is_shown_in_the_readers_language(key: str, value: Any, zh: str, en: str) -> None:
    assert shown(key, value, "zh-CN", zone=SHANGHAI) == zh
    assert shown(key, value, "en", zone=SHANGHAI) == en


def test_the_workspaces_own_currency_has_no_letters() -> None:
    assert shown("price", 100, "en", currency="USD") == "CN¥1.00"


@pytest.fixture
def spoken() -> Any:
    app = Flask("kehub")
    Babel(app, default_locale="en")
    with app.test_request_context(), force_locale("en"):
        yield app


def test_each_kind_has_its_control(spoken: Any) -> None:
    values = {
        "name": "张三",
        "funeral.flowers": ["lily"],
        "funeral.guests": 3,
        "funeral.price": 123450,
        "funeral.yen": 1500,
        "funeral.paid": True,
        "funeral.day": date(2027, 1, 2),
        "funeral.begins_at": "2027-01-01T16:30:00Z",
    }
    made = {each.name: each for each in controls(CUSTOMER, values, zone=SHANGHAI)}
    assert list(made) == list(CUSTOMER.fields)
    told = {name: (each.kind, each.value) for name, each in made.items() if each.value is not None}
    assert told == {
        "name": ("text", "张三"),
        "funeral.flowers": ("checks", ["lily"]),
        "funeral.guests": ("number", "3"),
        "funeral.price": ("money", "1234.50"),
        "funeral.yen": ("money", "1500"),
        "funeral.paid": ("select", "yes"),
        "funeral.day": ("date", "2027-01-02"),
        "funeral.begins_at": ("datetime", "2027-01-02T00:30"),
    }
    assert made["name"].required
    assert made["funeral.price"].currency == "CNY"
    assert made["funeral.day"].minimum == "2000-01-01"
    assert made["funeral.motto"].maxlength == 10
    assert made["funeral.speech"].kind == "textarea"
    assert [each.value for each in made["funeral.wood"].options] == ["oak", "pine"]
    assert [each.value for each in made["funeral.paid"].options] == ["yes", "no"]


def test_what_was_typed_is_shown_again_with_its_error(spoken: Any) -> None:
    typed_text = {"funeral.guests": "12 people", "funeral.price": "1,234.567"}
    made = controls(FUNERAL, typed_text, names=typed_text, errors={"funeral.guests": "This is not a whole number."})
    assert [(each.value, each.error) for each in made] == [
        ("12 people", "This is not a whole number."),
        ("1,234.567", None),
    ]


def test_a_form_shows_money_with_the_decimals_of_its_currency() -> None:
    assert get_currency_precision("KWD") == 3
    assert form_value(FUNERAL.fields["funeral.price"], 1500, currency="KWD") == "1.500"
