"""What people type and files hold becomes typed values, or a message that says what to change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.fields import FieldSet
from tests.core.fields.sample import CUSTOMER, FUNERAL, VIEW


def read(key: str, raw: Any, **rest: Any) -> Any:
    values, errors = FUNERAL.parse({f"funeral.{key}": raw}, partial=True, **rest)
    assert errors == []
    return values[f"funeral.{key}"]


def refusal(key: str, raw: Any) -> str:
    values, errors = FUNERAL.parse({f"funeral.{key}": raw}, partial=True)
    assert values == {}
    assert [each.field for each in errors] == [f"funeral.{key}"]
    return errors[0].message % errors[0].params


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-02",
        "2027/1/2",
        "2027.1.2",
        "20270102",
        "2027年1月2日",
        "2027年 1月 2号",
        " ２０２７－０１－０２ ",
        "2027-1-02",
    ],
)
def test_a_day_is_read_in_the_ways_people_write_it(text: str) -> None:
    assert read("day", text) == date(2027, 1, 2)


@pytest.mark.parametrize("text", ["1/2/2027", "02.01.27", "2027-01", "2027-1/2", "tomorrow", "2027-01-02 08:00"])
def test_a_day_that_could_mean_two_things_is_refused(text: str) -> None:
    assert refusal("day", text) == "This is not a date such as 2027-01-31."


def test_a_day_that_the_calendar_lacks_is_refused() -> None:
    assert refusal("day", "2027-02-30") == "The calendar has no such day."
    assert refusal("day", "1999-12-31") == "The least is 2000-01-01."


def test_a_time_without_an_offset_is_the_wall_clock_of_the_zone() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    for text in (
        "2027/1/2 8:05",
        "2027-01-02T08:05:00",
        "2027年1月2日8:05",
        "2027-01-02T00:05:00.9Z",
        "2027-01-02 01:05+0100",
    ):
        assert read("begins_at", text, zone=shanghai) == datetime(2027, 1, 2, 0, 5, tzinfo=UTC)
    assert read("begins_at", "2027-01-02", zone=shanghai) == datetime(2027, 1, 1, 16, 0, tzinfo=UTC)
    assert refusal("begins_at", "2027-01-02 24:05") == "The clock has no such time."
    assert refusal("begins_at", "8:05") == "This is not a time such as 2027-01-31 08:30."


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("1,234", 1234), ("12.00", 12), ("１２", 12), ("1 234", 1234)]
)
def test_whole_numbers_may_have_thousands_separators(text: str, number: int) -> None:
    values, errors = FUNERAL.parse({"funeral.chairs": text}, partial=True)
    assert (values, errors) == ({"funeral.chairs": number}, [])


@pytest.mark.parametrize("text", ["12.5", "1,23", "1.234,5", "12 people", "1e3", "--1", ".", True])
def test_what_is_no_whole_number_is_refused(text: Any) -> None:
    assert refusal("guests", text) == "This is not a whole number."


def test_numbers_keep_to_their_limits() -> None:
    assert refusal("guests", "401") == "The most is 400."
    assert refusal("guests", "−1") == "The least is 0."
    assert refusal("rate", "0.51") == "The most is 0.5."
    assert read("rate", ".125") == Decimal("0.125")
    assert refusal("rate", "a lot") == "This is not a number such as 1234.5."
    assert refusal("chairs", str(2**63)) == "This number is too large to be stored."


@pytest.mark.parametrize("text", ["1,234.50", "¥1234.5", "￥1,234.50", "1234.5元", "CNY 1234.50", "1234.500", 1234.5])
def test_an_amount_becomes_minor_units(text: Any) -> None:
    assert read("price", text) == 123450


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    assert read("yen", "JP¥1,500") == 1500
    assert refusal("yen", "1500.5") == "JPY is written with at most 0 decimals."
    assert refusal("price", "0.005") == "CNY is written with at most 2 decimals."
    assert refusal("price", "0.00000000000000000000000000001") == "This is not an amount such as 1234.50 in CNY."
    assert refusal("price", "10000.01") == "The most is 10000.00 CNY."
    assert refusal("price", "$5") == "This is not an amount such as 1234.50 in CNY."


@pytest.mark.parametrize("text", ["yes", "Y", "是", "有", "1", "TRUE", "on"])
def test_yes_is_read_in_both_languages(text: str) -> None:
    assert read("paid", text) is True


@pytest.mark.parametrize("text", ["No", "n", "否", "无", "0", "false", "off"])
def test_no_is_read_in_both_languages(text: str) -> None:
    assert read("paid", text) is False


def test_another_word_for_yes_is_refused() -> None:
    assert refusal("paid", "perhaps") == "Write yes or no."


@pytest.mark.parametrize("text", ["oak", "OAK", "Oak", "橡木", " 橡木　"])
def test_a_choice_is_named_by_key_or_by_label(text: str) -> None:
    assert read("wood", text) == "oak"


@pytest.mark.parametrize("raw", ["lily,玫瑰", "Lily；rose", "百合、rose、lily", "lily | rose", ["lily", "", "rose"]])
def test_several_choices_come_as_a_list_or_separated(raw: Any) -> None:
    assert read("flowers", raw) == ("lily", "rose")


def test_a_label_with_a_comma_is_one_choice() -> None:
    assert read("wood", "Pine, plain") == "pine"


def test_an_unknown_choice_is_told_the_known_ones() -> None:
    assert refusal("wood", "ash") == "This is none of the choices. There are: oak, pine."
    assert refusal("flowers", "lily,ash") == "This is none of the choices. There are: lily, rose, iris."


def test_text_is_cleaned_and_kept_within_its_length() -> None:
    assert read("motto", "  a\tb ") == "a b"
    assert read("speech", "one\r\ntwo") == "one\ntwo"
    assert refusal("motto", "12345678901") == "11 characters are too many, at most 10."
    for mark in ("a\0", "a\ud800", "a\x1b[1m"):
        assert refusal("motto", mark) == "This text holds a character that cannot be stored."


def test_a_refusal_never_repeats_the_value() -> None:
    secret = "SECRET13800138000"
    for key in ("day", "begins_at", "guests", "rate", "price", "paid", "wood", "flowers", "motto"):
        assert secret not in refusal(key, secret)


@pytest.mark.parametrize("blank", ["", "  ", "　", "\u200b", None, [], [""]])
def test_a_blank_is_no_value(blank: Any) -> None:
    assert all(read(name.partition(".")[2], blank) is None for name in FUNERAL.fields)


def test_what_must_be_filled_in_is_asked_for() -> None:
    values, errors = CUSTOMER.parse({"csrf": "x"})
    assert [(each.field, each.code) for each in errors] == [("name", "required")]
    assert set(values) == set(CUSTOMER.fields) - {"name"}
    assert CUSTOMER.parse({}, partial=True) == ({}, [])
    assert [each.code for each in CUSTOMER.parse({"name": " "}, partial=True)[1]] == ["required"]


def test_all_faults_of_a_form_are_told_at_once() -> None:
    raw = {"name": "张三", "funeral.guests": "x", "funeral.day": "x", "funeral.paid": "yes"}
    values, errors = CUSTOMER.parse(raw)
    assert [each.field for each in errors] == ["funeral.guests", "funeral.day"]
    assert values["name"] == "张三"
    assert values["funeral.paid"] is True


def test_the_validator_of_a_vertical_has_the_last_word() -> None:
    assert refusal("chairs", "7") == "7 guests leave one chair empty."


def test_a_validator_that_breaks_refuses() -> None:
    cases = FieldSet.of(VIEW, target="case")
    _, errors = cases.parse({"funeral.broken": "x"})
    assert [each.message for each in errors] == ["This value could not be checked, so it was not taken."]
