"""What a clock rests on, and what follows from it: pure, kept with the row so that it can be computed anew without its subject.

`latest_run` reads a history of states, `Basis` is the whole input of the arithmetic, `plan` its result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from core.calendars.working import Calendar
from core.clocks.arithmetic import WHOLE, Pause, Period, Place, end_at, end_of, instant, moment_of
from core.plugin.processes import Timer, TimerUnit

WARNING = 80
"""When a timer says nothing of whom to tell: once near the end, and at the end."""


class Entered(NamedTuple):
    state: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Run:
    """One stretch of a timer: from entering its start until it stops. `paused` is when the pause began that still lasts."""

    entered: datetime
    stopped: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    paused: datetime | None = None


def latest_run(timer: Timer, history: Sequence[Entered]) -> Run | None:
    """The last stretch of a timer in a history in order of time. Entering the start again does not start it again:
    it begins anew only after it was stopped."""
    run: Run | None = None
    for entry in history:
        if run is None or run.stopped is not None:
            if entry.state == timer.start:
                run = Run(entered=entry.at, paused=entry.at if entry.state in timer.pauses else None)
        else:
            run = _moved(run, entry, timer)
    return run


def _moved(run: Run, entry: Entered, timer: Timer) -> Run:
    stops, pauses = entry.state in timer.stops, entry.state in timer.pauses
    if pauses and not stops:
        return run if run.paused is not None else Run(entered=run.entered, pauses=run.pauses, paused=entry.at)
    ended = (Pause(run.paused, entry.at),) if run.paused is not None else ()
    return Run(entered=run.entered, pauses=run.pauses + ended, stopped=entry.at if stops else None)


@dataclass(frozen=True, kw_only=True)
class Basis:
    """Everything a deadline is computed from. `start` is where counting begins: entering the state, or a field's value.

    `length` is None where the start is itself the deadline. `on` is the day whose parameters hold, in the first of `places`.
    """

    entered: datetime
    start: datetime | date | None
    length: Decimal | None
    unit: TimerUnit
    ends: Literal["day", "moment"]
    rolls: bool
    zone: str
    country: str
    parameter: str | None
    counter_parameter: str | None
    places: tuple[str | None, ...]
    on: date
    pauses: tuple[Pause, ...] = ()
    counter_at: datetime | None = None
    assumed: tuple[int, ...] = ()

    @property
    def uses_calendar(self) -> bool:
        return self.unit == "working_days" or self.rolls

    def document(self) -> dict[str, Any]:
        """As JSON, in a form that is equal when the basis is."""
        held = {name: getattr(self, name) for name in _HELD}
        return {
            **held,
            "entered": _moment(self.entered),
            "start": _moment(self.start),
            "length": None if self.length is None else str(self.length),
            "places": list(self.places),
            "on": self.on.isoformat(),
            "pauses": [[_moment(each.begin), _moment(each.end)] for each in self.pauses],
            "counter_at": _moment(self.counter_at),
            "assumed": list(self.assumed),
            "calendar": self.uses_calendar,
        }


_HELD = ("unit", "ends", "rolls", "zone", "country", "parameter", "counter_parameter")
"""Those that JSON has as they are."""


def _moment(value: datetime | date | None) -> str | None:
    if isinstance(value, datetime):
        return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()
    return None if value is None else value.isoformat()


def from_document(held: Mapping[str, Any]) -> Basis:
    given = {key: value for key, value in held.items() if key != "calendar"}
    return Basis(
        **given
        | {
            "entered": datetime.fromisoformat(held["entered"]),
            "start": parse_moment(held["start"]),
            "length": None if held["length"] is None else Decimal(held["length"]),
            "places": tuple(held["places"]),
            "on": date.fromisoformat(held["on"]),
            "pauses": tuple(Pause(*map(datetime.fromisoformat, each)) for each in held["pauses"]),
            "counter_at": None if held["counter_at"] is None else datetime.fromisoformat(held["counter_at"]),
            "assumed": tuple(held["assumed"]),
        }
    )


def parse_moment(value: Any) -> datetime | date | None:
    """A date or time as fields store it. None for nothing, and for what is neither."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date) or not isinstance(value, str) or not value:
        return value if isinstance(value, date) else None
    try:
        if len(value) == len("2026-01-31"):
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Plan(NamedTuple):
    """`begun` is where the bar begins, `assumed` the years whose calendar is not published."""

    begun: datetime
    due_at: datetime | None
    assumed: tuple[int, ...]


def plan(basis: Basis, calendar: Calendar) -> Plan:
    """The deadline that follows. Where it lies beyond the year 9999, or the field is empty, there is none."""
    place = Place(zone=ZoneInfo(basis.zone), calendar=calendar)
    begun = basis.entered.astimezone(UTC)
    due: datetime | None = None
    if basis.start is not None:
        try:
            if basis.length is None:
                due = end_at(basis.start, ends=basis.ends, rolls=basis.rolls, place=place)
            else:
                begun = instant(basis.start, place.zone)
                period = Period(length=basis.length, unit=basis.unit, ends=basis.ends, rolls=basis.rolls)
                due = end_of(period, basis.start, place=place, pauses=basis.pauses)
        except (OverflowError, ValueError):
            due = None
    assumed: tuple[int, ...] = ()
    if due is not None and basis.uses_calendar:
        assumed = tuple(
            calendar.assumed(min(begun, due).astimezone(place.zone).date(), due.astimezone(place.zone).date())
        )
    if basis.counter_at is not None:
        due = basis.counter_at if due is None else min(due, basis.counter_at)
    return Plan(begun, due, assumed)


def levels(timer: Timer) -> list[dict[str, Any]]:
    """Whom to tell, by percentage: what the timer says, and the deadline itself in any case."""
    found: dict[int, dict[str, Any]] = {}
    for each in timer.escalations:
        level = found.setdefault(each.percent, {"percent": each.percent, "roles": [], "to_assignee": False})
        level["roles"].append(each.role)
        level["to_assignee"] = level["to_assignee"] or each.to_assignee
    for percent in (WHOLE,) if found else (WARNING, WHOLE):
        found.setdefault(percent, {"percent": percent, "roles": [], "to_assignee": True})
    return [found[percent] for percent in sorted(found)]


def dated(
    given: Sequence[Mapping[str, Any]], *, plan: Plan, pauses: Sequence[Pause], told: int | None = None
) -> list[dict[str, Any]]:
    """The levels, each with the moment it is to be told. When one was told stays noted, up to the percentage `told`."""
    made = []
    for each in given:
        level = {key: value for key, value in each.items() if key not in ("at", "told_at")}
        if plan.due_at is not None:
            moment = moment_of(each["percent"], start=plan.begun, due=plan.due_at, pauses=pauses)
            level["at"] = moment.isoformat()
        if "told_at" in each and (told is None or each["percent"] <= told):
            level["told_at"] = each["told_at"]
        made.append(level)
    return made


def told_by(given: Sequence[Mapping[str, Any]], *, told: int, at: datetime) -> int:
    """The highest percentage that was told and whose moment has not been moved to a later time than `at`."""
    past = (
        each["percent"]
        for each in given
        if each["percent"] <= told and "at" in each and datetime.fromisoformat(each["at"]) <= at
    )
    return max(past, default=0)
