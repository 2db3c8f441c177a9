"""Periods of law: each rule by an example, and all of them together against a slow oracle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.calendars.working import Calendar, OwnDay
from core.clocks.arithmetic import Pause, Period, Place, add_months, at_wall, days_begun, end_at, end_of, moment_of
from tests.core.clocks import oracle

SHANGHAI = Place(zone=ZoneInfo("Asia/Shanghai"), calendar=Calendar(country="CN"))
BERLIN = Place(zone=ZoneInfo("Europe/Berlin"), calendar=Calendar(country="DE"))


def at(place: Place, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=place.zone)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def due(place: Place, start: datetime | date, length: int, unit: str, *pauses: Pause, **how: object) -> datetime:
    period = Period(length=Decimal(length), unit=unit, **how)
    return end_of(period, start, place=place, pauses=pauses).astimezone(place.zone)


def test_days_count_from_the_day_after_and_end_at_midnight():
    assert due(SHANGHAI, at(SHANGHAI, 2026, 3, 2, 9, 30), 15, "calendar_days") == at(SHANGHAI, 2026, 3, 18)


def test_a_period_may_end_at_the_time_of_day_it_began():
    assert due(SHANGHAI, at(SHANGHAI, 2026, 3, 2, 9, 30), 7, "calendar_days", ends="moment") == at(
        SHANGHAI, 2026, 3, 9, 9, 30
    )


def test_working_days_pass_over_the_long_holiday_and_count_the_swapped_saturday():
    assert due(SHANGHAI, at(SHANGHAI, 2026, 9, 30, 23, 59), 3, "working_days") == at(SHANGHAI, 2026, 10, 11)


@pytest.mark.parametrize(
    ("start", "length", "unit", "last"),
    [
        ((2026, 1, 31), 1, "months", (2026, 2, 28)),
        ((2028, 1, 31), 1, "months", (2028, 2, 29)),
        ((2028, 2, 29), 1, "years", (2029, 2, 28)),
        ((2028, 2, 29), 4, "years", (2032, 2, 29)),
        ((2026, 2, 28), 1, "months", (2026, 3, 28)),
        ((2026, 11, 30), 3, "months", (2027, 2, 28)),
        ((2026, 12, 15), 1, "months", (2027, 1, 15)),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_last_one(start, length, unit, last):
    found = due(SHANGHAI, at(SHANGHAI, *start, 12), length, unit)
    assert found == at(SHANGHAI, *last) + timedelta(days=1)
    assert add_months(date(*start), length * (12 if unit == "years" else 1)) == date(*last)


def test_a_leap_night_is_a_night_like_any_other():
    before = at(SHANGHAI, 2028, 2, 28, 22)
    assert due(SHANGHAI, before, 24, "hours") == at(SHANGHAI, 2028, 2, 29, 22)
    assert due(SHANGHAI, before, 1, "calendar_days") == at(SHANGHAI, 2028, 3, 1)
    assert due(SHANGHAI, before, 1, "calendar_days", ends="moment") == at(SHANGHAI, 2028, 2, 29, 22)


def test_an_end_on_a_day_off_rolls_to_the_end_of_the_next_working_day():
    begun = at(SHANGHAI, 2026, 9, 20, 10)
    assert due(SHANGHAI, begun, 12, "calendar_days") == at(SHANGHAI, 2026, 10, 3)
    assert due(SHANGHAI, begun, 12, "calendar_days", rolls=True) == at(SHANGHAI, 2026, 10, 9)
    assert due(SHANGHAI, begun, 12, "calendar_days", rolls=True, ends="moment") == at(SHANGHAI, 2026, 10, 9)
    assert due(SHANGHAI, begun, 20, "calendar_days", rolls=True) == at(SHANGHAI, 2026, 10, 11)  # a worked Saturday


def test_hours_are_real_time_through_the_night_of_23_hours():
    before = at(BERLIN, 2026, 3, 28, 12)
    assert due(BERLIN, before, 24, "hours") == at(BERLIN, 2026, 3, 29, 13)
    assert due(BERLIN, before, 1, "calendar_days", ends="moment") == at(BERLIN, 2026, 3, 29, 12)


def test_a_time_that_is_skipped_is_the_moment_clocks_are_put_forward_and_one_that_comes_twice_is_the_first():
    zone = BERLIN.zone
    assert at_wall(wall("2026-03-29T02:30:15.000007"), zone) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert at_wall(wall("2026-10-25T02:30"), zone) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_midnight_that_does_not_exist_and_a_day_that_does_not_exist():
    assert at_wall(wall("2018-11-04T00:00"), ZoneInfo("America/Sao_Paulo")) == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert at_wall(wall("2011-12-30T07:00"), ZoneInfo("Pacific/Apia")) == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_pause_adds_what_it_lasted_to_hours():
    begun = at(SHANGHAI, 2026, 3, 2, 9)
    pause = Pause(begun + timedelta(hours=2), begun + timedelta(hours=5, minutes=10))
    assert due(SHANGHAI, begun, 48, "hours", pause) == begun + timedelta(hours=51, minutes=10)


def test_pauses_move_days_by_their_full_24_hours_together():
    begun = at(SHANGHAI, 2026, 3, 2, 9)
    twenty = [Pause(begun + timedelta(days=n), begun + timedelta(days=n, hours=20)) for n in (1, 2)]
    assert due(SHANGHAI, begun, 15, "calendar_days", twenty[0]) == at(SHANGHAI, 2026, 3, 18)
    assert due(SHANGHAI, begun, 15, "calendar_days", *twenty) == at(SHANGHAI, 2026, 3, 19)


def test_a_pause_over_the_weekend_takes_no_working_time():
    begun = at(SHANGHAI, 2026, 3, 4, 9)  # a Wednesday
    weekend = Pause(at(SHANGHAI, 2026, 3, 7), at(SHANGHAI, 2026, 3, 9))
    over = Pause(at(SHANGHAI, 2026, 3, 6, 10), at(SHANGHAI, 2026, 3, 9, 10))
    plain = due(SHANGHAI, begun, 5, "working_days")
    assert plain == at(SHANGHAI, 2026, 3, 12)
    assert due(SHANGHAI, begun, 5, "working_days", weekend) == plain
    assert due(SHANGHAI, begun, 5, "working_days", over) == at(SHANGHAI, 2026, 3, 13)


def test_a_pause_after_the_deadline_saves_nobody():
    begun = at(SHANGHAI, 2026, 3, 2, 9)
    late = Pause(begun + timedelta(hours=49), begun + timedelta(hours=90))
    assert due(SHANGHAI, begun, 48, "hours", late) == begun + timedelta(hours=48)


def test_a_date_as_beginning_counts_from_the_day_after_and_as_deadline_ends_with_the_day():
    assert due(SHANGHAI, date(2026, 3, 2), 30, "calendar_days") == at(SHANGHAI, 2026, 4, 2)
    given = date(2026, 10, 2)
    assert end_at(given, ends="day", rolls=False, place=SHANGHAI) == at(SHANGHAI, 2026, 10, 3)
    assert end_at(given, ends="moment", rolls=False, place=SHANGHAI) == at(SHANGHAI, 2026, 10, 2)
    assert end_at(given, ends="day", rolls=True, place=SHANGHAI) == at(SHANGHAI, 2026, 10, 9)
    moment = at(SHANGHAI, 2026, 3, 2, 17, 30)
    assert end_at(moment, ends="moment", rolls=True, place=SHANGHAI) == moment


@pytest.mark.parametrize(("seconds", "days"), [(0, 0), (1, 1), (86_399.5, 1), (86_400, 1), (86_401, 2), (259_200, 3)])
def test_a_broken_day_counts_as_one(seconds, days):
    assert days_begun(seconds) == days


def test_a_share_of_the_time_leaves_the_pauses_out():
    begun = datetime(2026, 3, 2, tzinfo=UTC)
    pause = Pause(begun + timedelta(hours=2), begun + timedelta(hours=12))
    end = begun + timedelta(hours=20)
    shares = {percent: (moment_of(percent, start=begun, due=end, pauses=[pause]) - begun).total_seconds() / 3600
              for percent in (10, 20, 50, 80, 100, 120)}  # fmt: skip
    assert shares == {10: 1, 20: 2, 50: 15, 80: 18, 100: 20, 120: 22}
    assert moment_of(80, start=end, due=begun) == begun  # a deadline that had passed before it began


ZONES = (
    "Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Havana", "America/St_Johns",
    "Australia/Lord_Howe", "Pacific/Apia", "Asia/Beirut", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Kiritimati",
)  # fmt: skip
EVENTFUL = (
    date(2011, 12, 27),
    date(2018, 10, 30),
    date(2010, 3, 10),
    date(2026, 3, 26),
    date(2026, 10, 22),
    date(2028, 2, 26),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[datetime, int, str, dict[str, object], list[tuple[datetime, datetime]]]:
    day = draw(st.sampled_from(EVENTFUL) | st.dates(date(2006, 1, 1), date(2029, 12, 31)))
    start = datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=draw(st.integers(0, 4 * 24 * 60)))
    unit = draw(st.sampled_from(["hours", "calendar_days", "working_days", "months", "years"]))
    length = draw(st.integers(0, {"hours": 100, "months": 14, "years": 3}.get(unit, 20)))
    off = draw(st.dictionaries(st.integers(0, 60), st.booleans(), max_size=12))
    how = {"ends": draw(st.sampled_from(["day", "moment"])), "rolls": draw(st.booleans()),
           "zone": draw(st.sampled_from(ZONES)), "own": {day + timedelta(days=n): works for n, works in off.items()}}  # fmt: skip
    pauses, moment = [], start
    for gap, lasts in draw(st.lists(st.tuples(st.integers(0, 6000), st.integers(1, 5000)), max_size=3)):
        begin = moment + timedelta(minutes=gap)
        moment = begin + timedelta(minutes=lasts)
        pauses.append((begin, moment))
    return start, length, unit, how, pauses


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_deadlines_equal_those_that_are_found_day_by_day(drawn):
    start, length, unit, how, pauses = drawn
    own, zone = how["own"], ZoneInfo(how["zone"])
    calendar = Calendar(country="ZZ", own={day: OwnDay(works, "x") for day, works in own.items()})
    period = Period(length=Decimal(length), unit=unit, ends=how["ends"], rolls=how["rolls"])
    found = end_of(period, start, place=Place(zone=zone, calendar=calendar), pauses=[Pause(*each) for each in pauses])
    slow = oracle.deadline(
        start, length, unit, ends=how["ends"], rolls=how["rolls"], zone=zone, pauses=pauses,
        works=lambda day: own.get(day, day.weekday() < 5),
    )  # fmt: skip
    assert found == slow
