"""Which days are worked: the decreed calendar of China day by day, other countries, and a tenant's own days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.calendars.public import last_published, public_year
from core.calendars.working import Calendar, OwnDay

OFF_2026 = [
    (date(2026, 1, 1), date(2026, 1, 3)), (date(2026, 2, 15), date(2026, 2, 23)), (date(2026, 4, 4), date(2026, 4, 6)),
    (date(2026, 5, 1), date(2026, 5, 5)), (date(2026, 6, 19), date(2026, 6, 21)), (date(2026, 9, 25), date(2026, 9, 27)),
    (date(2026, 10, 1), date(2026, 10, 7)),
]  # fmt: skip
WORKED_2026 = {(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)}
"""国务院办公厅关于 2026 年部分节假日安排的通知, copied by hand."""


def decreed(day: date) -> bool:
    if any(first <= day <= last for first, last in OFF_2026):
        return False
    return day.weekday() < 5 or (day.month, day.day) in WORKED_2026


def test_china_in_2026_is_as_the_state_council_decreed_on_every_day():
    calendar = Calendar(country="CN")
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    assert [day for day in days if calendar.is_working(day) != decreed(day)] == []


def test_a_swapped_weekend_day_counts_and_a_holiday_does_not():
    calendar = Calendar(country="CN")
    assert calendar.add(date(2026, 9, 30), 3) == date(2026, 10, 10)  # the 8th, the 9th and a worked Saturday
    assert calendar.next_working(date(2026, 2, 15)) == date(2026, 2, 24)
    assert calendar.next_working(date(2026, 2, 14)) == date(2026, 2, 14)


def test_the_days_of_a_year_carry_the_names_of_the_holidays_in_both_languages():
    for language, name in (("zh_CN", "国庆节"), ("en", "National Day")):
        days = {each.day: each for each in Calendar(country="CN").days(2026, language=language)}
        assert len(days) == 365
        assert (days[date(2026, 10, 1)].kind, days[date(2026, 10, 1)].name) == ("holiday", name)
        assert days[date(2026, 10, 10)].kind == "swapped"
        assert days[date(2026, 10, 11)].kind == "weekend"
        assert days[date(2026, 10, 12)].works


def test_a_year_that_is_not_decreed_yet_is_told_and_only_its_weekends_are_off():
    year = (last_published("CN") or 0) + 1
    calendar = Calendar(country="CN")
    assert year > 2026
    assert not calendar.is_published(year)
    assert calendar.is_published(year - 1)
    assert calendar.assumed(date(year - 1, 12, 1), date(year + 1, 1, 1)) == [year, year + 1]
    assert [each.kind for each in calendar.days(year) if each.day.weekday() < 5 and not each.works] == []
    assert not calendar.is_working(next(date(year, 3, n) for n in range(1, 8) if date(year, 3, n).weekday() == 6))


def test_rules_hold_for_any_year_where_days_are_not_swapped():
    german = Calendar(country="DE")
    assert german.is_published(2050)
    assert not german.is_working(date(2051, 5, 1))
    assert german.assumed(date(2026, 1, 1), date(2040, 1, 1)) == []


def test_another_weekend_is_that_of_the_country():
    israeli = Calendar(country="IL")
    assert not israeli.is_working(date(2026, 1, 9))  # a Friday
    assert israeli.is_working(date(2026, 1, 11))  # a Sunday


def test_a_country_nobody_knows_has_weekends_and_is_not_published():
    calendar = Calendar(country="ZZ")
    assert public_year("ZZ", 2026).published is False
    assert [calendar.is_working(date(2026, 1, 1) + timedelta(days=n)) for n in range(4)] == [True, True, False, False]


def test_a_tenants_own_days_win_over_the_public_ones_even_in_a_year_not_published():
    own = {date(2026, 10, 1): OwnDay(True, "Stocktaking"), date(2027, 1, 4): OwnDay(False, "Company day")}
    calendar = Calendar(country="CN", own=own)
    assert calendar.is_working(date(2026, 10, 1))
    assert not calendar.is_working(date(2027, 1, 4))
    assert {each.day: each.kind for each in calendar.days(2026)}[date(2026, 10, 1)] == "own_work"
    without = calendar.with_day(date(2026, 10, 1), None)
    assert not without.is_working(date(2026, 10, 1))
    assert calendar.is_working(date(2026, 10, 1))  # the first one is untouched


@pytest.mark.parametrize("count", [-1, 30_000])
def test_only_a_sensible_number_of_working_days_is_counted(count):
    with pytest.raises(ValueError, match="cannot be counted"):
        Calendar(country="CN").add(date(2026, 1, 1), count)
