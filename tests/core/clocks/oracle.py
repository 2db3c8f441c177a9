"""The same deadlines, found the slow way: minute by minute and day by day, with no arithmetic of the code under test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def first_minute_at(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first minute at which clocks have come to `wall`, found by watching them for two days."""
    moment = wall.replace(tzinfo=UTC) - timedelta(hours=26)
    while moment.astimezone(zone).replace(tzinfo=None) < wall:
        moment += MINUTE
    return moment


def after_hours(start: datetime, hours: int, pauses: Sequence[tuple[datetime, datetime]]) -> datetime:
    """Live through every minute of the period, and once more through those of the pauses."""
    moment, left = start, hours * 60
    for begin, end in pauses:
        while begin < end:
            begin, left = begin + MINUTE, left + 1
    while left:
        moment, left = moment + MINUTE, left - 1
    return moment


def last_day(start: date, length: int, unit: str, works: Callable[[date], bool], more: int) -> date:
    """Turn the pages of a calendar. `more` days are added for pauses, of the same kind as the period's."""
    day = start
    if unit in ("months", "years"):
        left = length * (12 if unit == "years" else 1)
        while left:
            day += DAY
            if day.day == start.day or ((day + DAY).month != day.month and day.day < start.day):
                left -= 1
        unit, length = "calendar_days", 0
    left = length + more
    while left:
        day += DAY
        if unit == "calendar_days" or works(day):
            left -= 1
    return day


def paused_days(pauses: Sequence[tuple[datetime, datetime]], zone: ZoneInfo, counts: Callable[[date], bool]) -> int:
    """Tick off every minute that the clock on the wall went on during the pauses."""
    minutes = 0
    for pause in pauses:
        wall, end = (each.astimezone(zone).replace(tzinfo=None) for each in pause)
        while wall < end:
            minutes += counts(wall.date())
            wall += MINUTE
    return minutes // (24 * 60)


def deadline(
    start: datetime,
    length: int,
    unit: str,
    *,
    ends: str,
    rolls: bool,
    zone: ZoneInfo,
    works: Callable[[date], bool],
    pauses: Sequence[tuple[datetime, datetime]],
) -> datetime:
    """The deadline with as many of the pauses as begin before it; none makes it earlier."""
    due = start
    for number in range(len(pauses) + 1):
        due = max(due, _with(start, length, unit, ends, rolls, zone, works, pauses[:number]))
        if number == len(pauses) or pauses[number][0] >= due:
            return due
    raise AssertionError("unreachable")


def _with(
    start: datetime,
    length: int,
    unit: str,
    ends: str,
    rolls: bool,
    zone: ZoneInfo,
    works: Callable[[date], bool],
    pauses: Sequence[tuple[datetime, datetime]],
) -> datetime:
    local = start.astimezone(zone)
    if unit == "hours":
        due = after_hours(start, length, pauses)
        last = due.astimezone(zone).date()
    else:
        counts = works if unit == "working_days" else (lambda _day: True)
        last = last_day(local.date(), length, unit, works, paused_days(pauses, zone, counts))
        wall = (
            datetime.combine(last, local.time())
            if ends == "moment"
            else datetime.combine(last + DAY, datetime.min.time())
        )
        due = first_minute_at(wall, zone)
    if rolls and not works(last):
        while not works(last):
            last += DAY
        due = first_minute_at(datetime.combine(last + DAY, datetime.min.time()), zone)
    return due
