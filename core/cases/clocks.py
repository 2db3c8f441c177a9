"""When a case is due: the deadlines its workflow's timers give, from the states it has been in.

A timer runs from the last time its `start` was entered until one of its `stops` is. Calendar days are counted from the
day after and end at midnight where the customer is, as periods of law do. Working days and pauses come with calendars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from core.parameters.queries import resolve
from core.plugin import Parameter, Timer, Workflow
from core.plugin.catalog import CatalogView

ClockState = Literal["running", "met", "breached"]


class Entered(NamedTuple):
    state: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One deadline. `stopped_at` is when it was answered; `used` the share of its time that has gone, 0 to 100."""

    timer: Timer
    parameter: Parameter
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None

    def state(self, now: datetime) -> ClockState:
        if (self.stopped_at or now) > self.due_at:
            return "breached"
        return "met" if self.stopped_at else "running"

    def used(self, now: datetime) -> int:
        whole = (self.due_at - self.started_at).total_seconds()
        gone = ((self.stopped_at or now) - self.started_at).total_seconds()
        return min(100, max(0, round(100 * gone / whole))) if whole > 0 else 100


def clocks(
    workflow: Workflow,
    history: Sequence[Entered],
    *,
    view: CatalogView,
    vertical: str,
    jurisdictions: Sequence[str | None],
    zone: ZoneInfo,
) -> list[Clock]:
    """The clocks that have begun. `history` is in order of time; a timer without a value in force has none."""
    found = []
    for timer in workflow.timers:
        begun = max((number for number, entry in enumerate(history) if entry.state == timer.start), default=None)
        if begun is None or timer.parameter is None or timer.unit in ("working_days", "months", "years"):
            continue
        started = history[begun].at
        on = started.astimezone(zone).date()
        try:
            parameter = resolve(view, key=f"{vertical}.{timer.parameter}", jurisdictions=jurisdictions, on=on)
        except LookupError:
            continue
        stopped = next((entry.at for entry in history[begun + 1 :] if entry.state in timer.stops), None)
        due = _due(timer, parameter, started, zone)
        found.append(Clock(timer=timer, parameter=parameter, started_at=started, due_at=due, stopped_at=stopped))
    return found


def next_due(running: Sequence[Clock]) -> datetime | None:
    return min((clock.due_at for clock in running if clock.stopped_at is None), default=None)


def _due(timer: Timer, parameter: Parameter, started: datetime, zone: ZoneInfo) -> datetime:
    length = int(str(parameter.value))
    if timer.unit == "hours":
        return started.astimezone(UTC) + timedelta(hours=length)
    last_day = started.astimezone(zone).date() + timedelta(days=length)
    return datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)
