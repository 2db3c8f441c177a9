"""A number of law is a row with place, period and source; one that is not is refused."""

from __future__ import annotations

from datetime import date

import pytest

from core.plugin import params

ROW = {
    "key": '"late_fee"',
    "value": "0.003",
    "unit": '"share"',
    "jurisdiction": '"CN"',
    "effective_from": "2016-02-06",
    "source_title": '"电信条例"',
    "source_article": '"第三十四条"',
    "verified": "true",
    "label.zh-CN": '"违约金"',
    "label.en": '"Late fee"',
}


def table(**changes: str | None) -> str:
    row = {**ROW, **{name.replace("__", "."): value for name, value in changes.items()}}
    return "[[parameter]]\n" + "".join(f"{name} = {value}\n" for name, value in row.items() if value is not None)


def rows(*tables: str) -> params.ParameterSet:
    found, problems = params.read("\n".join(tables))
    assert problems == []
    return found


def test_the_value_of_the_day_is_resolved() -> None:
    found = rows(table(effective_to="2024-01-01"), table(value="0.001", effective_from="2024-01-01"))
    assert str(found.resolve("late_fee", jurisdiction="CN", on=date(2023, 12, 31)).value) == "0.003"
    assert str(found.resolve("late_fee", jurisdiction="CN", on=date(2024, 1, 1)).value) == "0.001"


def test_a_place_without_its_own_value_takes_that_of_the_wider_place() -> None:
    found = rows(table(), table(value="0.002", jurisdiction='"CN-31"'), table(value="0", jurisdiction='"*"'))
    resolved = {
        place: str(found.resolve("late_fee", jurisdiction=place, on=date(2025, 1, 1)).value)
        for place in ("CN-31", "CN-44", "CN", "DE")
    }
    assert resolved == {"CN-31": "0.002", "CN-44": "0.003", "CN": "0.003", "DE": "0"}


def test_before_it_was_in_force_there_is_no_value() -> None:
    with pytest.raises(LookupError, match=r"'late_fee' is in force in CN on 2010-01-01"):
        rows(table()).resolve("late_fee", jurisdiction="CN", on=date(2010, 1, 1))


def test_a_quoted_number_of_decimals_is_exact() -> None:
    assert str(rows(table(value="0.1")).rows[0].value) == "0.1"


WRONG = {
    "unknown key": (table(comment='"x"'), "unknown key 'comment'"),
    "missing source": (table(source_title=None), "'source_title' is missing"),
    "empty source": (table(source_article='" "'), "source_article is empty"),
    "date as text": (table(effective_from='"2016-02-06"'), "effective_from: '2016-02-06' is a str, not a date"),
    "one language": (table(label__en=None), "the label lacks en"),
    "period that ends first": (table(effective_to="2015-01-01"), "effective_to is not after effective_from"),
    "place that is none": (table(jurisdiction='"China"'), "the jurisdiction 'China' is not"),
    "overlap": (table() + table(effective_from="2020-01-01"), "two values of 'late_fee' for CN are in force on 2020"),
    "not TOML": ("[[parameter]\n", "it is not TOML"),
    "not a list": ("parameter = 5\n", "is not a list of `[[parameter]]` tables"),
    "another table": ("[settings]\nx = 1\n", "unknown key 'settings'"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_row_is_told(what: str) -> None:
    text, words = WRONG[what]
    _, problems = params.read(text)
    assert any(words in problem for _, problem in problems), problems
