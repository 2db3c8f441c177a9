"""When a period ends: pure arithmetic over instants, days, zones, working days and pauses.

1. Hours are real time: a night on which clocks are put forward does not shorten them, and a pause adds what it lasted.
2. Days, months and years are counted where the subject is, from the day after (《民法典》第二百零一条). A month without the
   day ends on its last day (第二百零二条). `rolls` moves an end on a day off to the next working day (第二百零三条).
3. A period of days ends with its last day, at the first midnight after it, or (`moment`) at the time of day it began. A time
   that clocks skip is the moment they are put forward; of a time that comes twice it is the first.
4. A pause that begins before the end moves it, never to an earlier time. Days are moved by whole days: what the pauses
   lasted by the clock on the wall, added up, in full 24 hours; for working days only their hours on working days.
"""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from core.calendars.working import Calendar
from core.plugin.processes import TimerUnit

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
DAY_SECONDS = 86_400
WHOLE = 100
"""The percentage that is the deadline itself."""


class Pause(NamedTuple):
    begin: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Period:
    """How long, in what, and how it ends. Only hours may be broken."""

    length: Decimal
    unit: TimerUnit
    ends: Literal["day", "moment"] = "day"
    rolls: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where days are counted."""

    zone: ZoneInfo
    calendar: Calendar


def end_of(period: Period, start: datetime | date, *, place: Place, pauses: Sequence[Pause] = ()) -> datetime:
    """When a period ends that began at `start` (a bare date: with that day). `pauses` are apart and in order.

    Raises OverflowError where it would end after the year 9999.
    """
    begun = instant(start, place.zone)
    lasted = timedelta()
    due = max(begun, _end(period, start, place, lasted))
    for pause in pauses:
        if pause.end <= begun:
            continue
        if pause.begin >= due:
            break
        before = lasted
        lasted += _lasted(Pause(max(pause.begin, begun), pause.end), period.unit, place)
        if period.unit == "hours" or lasted // DAY != before // DAY:
            due = max(due, _end(period, start, place, lasted))
    return due


def end_at(moment: datetime | date, *, ends: Literal["day", "moment"], rolls: bool, place: Place) -> datetime:
    """A deadline that is itself a date or time: the end of the day, or the moment."""
    day = _day(moment, place.zone)
    return _finish(day, None if ends == "day" else moment, rolls=rolls, place=place)


def _end(period: Period, start: datetime | date, place: Place, lasted: timedelta) -> datetime:
    """`lasted` is how long it was suspended. A period of days moves by full 24 hours of that."""
    if period.unit == "hours":
        due = instant(start, place.zone) + timedelta(seconds=float(period.length * 3600)) + lasted
        return _finish(_day(due, place.zone), due, rolls=period.rolls, place=place)
    day, count = _day(start, place.zone), int(period.length)
    moved = lasted // DAY
    if period.unit == "working_days":
        last = place.calendar.add(day, count + moved)
    elif period.unit == "calendar_days":
        last = day + timedelta(days=count + moved)
    else:
        last = add_months(day, count * (12 if period.unit == "years" else 1)) + timedelta(days=moved)
    if period.ends == "day":
        return _finish(last, None, rolls=period.rolls, place=place)
    at = start.astimezone(place.zone).time() if isinstance(start, datetime) else time()
    return _finish(last, at_wall(datetime.combine(last, at), place.zone), rolls=period.rolls, place=place)


def _finish(last: date, moment: datetime | date | None, *, rolls: bool, place: Place) -> datetime:
    """The end of the last day, or the moment on it; on a day off that rolls, the end of the next working day."""
    if rolls and not place.calendar.is_working(last):
        return end_of_day(place.calendar.next_working(last), place.zone)
    return end_of_day(last, place.zone) if moment is None else instant(moment, place.zone)


def _lasted(pause: Pause, unit: TimerUnit, place: Place) -> timedelta:
    """How long a pause suspends: real time for hours, the clock's on the wall for days, of working days what lies on such."""
    if unit == "hours":
        return pause.end - pause.begin
    begin, end = (each.astimezone(place.zone).replace(tzinfo=None) for each in pause)
    if unit != "working_days":
        return max(end - begin, timedelta())
    total = timedelta()
    while begin < end:
        midnight = min(end, datetime.combine(begin.date() + DAY, time()))
        if place.calendar.is_working(begin.date()):
            total += midnight - begin
        begin = midnight
    return total


def days_begun(seconds: float) -> int:
    """Whole days, a broken one counted as one: 不足二十四小时的以一日计 (汽车三包规定第四十条)."""
    return -int(-seconds // DAY_SECONDS)


def add_months(day: date, months: int) -> date:
    """The corresponding day, or the last day of a month that has none."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    if year > date.max.year:
        raise OverflowError("the period ends after the year 9999")
    return date(year, month, min(day.day, gregorian.monthrange(year, month)[1]))


def instant(moment: datetime | date, zone: ZoneInfo) -> datetime:
    """In UTC, where differences are real time. A bare date begins with its day."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return at_wall(datetime.combine(moment, time()), zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    return at_wall(datetime.combine(day + DAY, time()), zone)


def at_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which clocks in the zone show this time or, if they skip it, a later one."""
    late = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == wall:
        return late
    wall = wall.replace(
        microsecond=0
    )  # in a gap, `fold` says which side's offset is taken; clocks jump at a full second
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    while late - early > SECOND:
        middle = early + (late - early) // SECOND // 2 * SECOND
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            late = middle
        else:
            early = middle
    return late


def moment_of(percent: int, *, start: datetime, due: datetime, pauses: Sequence[Pause] = ()) -> datetime:
    """When so much of the time between start and due has gone, pauses left out; above 100 it is after the deadline."""
    start, due = start.astimezone(UTC), due.astimezone(UTC)
    if percent == WHOLE or due <= start:
        return due
    gaps = [
        Pause(max(each.begin, start), min(each.end, due)) for each in pauses if each.end > start and each.begin < due
    ]
    span = due - start - sum((gap.end - gap.begin for gap in gaps), timedelta())
    if percent > WHOLE:
        return due + span * (percent - WHOLE) / WHOLE
    left, at = span * percent / WHOLE, start
    for gap in gaps:
        if at + left <= gap.begin:
            break
        left -= gap.begin - at
        at = gap.end
    return at + left


def _day(moment: datetime | date, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
