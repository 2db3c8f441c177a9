"""Why a deadline is what it is: the reasons kept in a clock's history, as msgids with values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.clocks.basis import Basis
from core.errors import N_

STARTED = N_("The clock began.")
SUSPENDED = N_("The clock was suspended.")
RESUMED = N_("The clock goes on after a pause.")
ANSWERED = N_("Answered in time.")
LATE = N_("Answered after the deadline.")
CANCELLED = N_("The clock no longer applies.")
FIELD = N_("%(field)s was changed.")
COUNTER = N_("The counter reached its limit.")
READING = N_("The counter's reading was corrected.")
LENGTH = N_("The period is now %(value)s, before it was %(before)s.")
PERIOD = N_("The number it rests on was set.")
CALENDAR = N_("The calendar changed.")
OWN_DAY = N_("%(day)s was changed in your calendar: %(name)s.")
PUBLISHED = N_("The public calendar of %(years)s is now published.")
ASSUMED = N_("The public calendar of %(years)s is not yet published: only weekends and your own days off are counted.")
RECOUNTED = N_("Paused time was counted anew.")


@dataclass(frozen=True)
class Reason:
    """A msgid with its values."""

    why: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def entry(self, *, at: datetime, due_at: datetime | None, before: datetime | None = None) -> dict[str, Any]:
        """As the history keeps it, with the deadline it led to and, where that is another, the one before."""
        made: dict[str, Any] = {
            "at": at.isoformat(),
            "why": self.why,
            "values": dict(self.values),
            "due_at": due_at.isoformat() if due_at is not None else None,
        }
        if before is not None and before != due_at:
            made["before"] = before.isoformat()
        return made


def reason(
    before: Basis | None, after: Basis, *, used: Mapping[str, Any], was: Mapping[str, Any] | None, field: Any
) -> Reason | None:
    """What made a basis another one; None where nothing did that was not already said."""
    if before is None:
        return Reason(STARTED)
    if before.start != after.start:
        return Reason(FIELD, {"field": field}) if field is not None else Reason(RECOUNTED)
    if before.counter_at != after.counter_at:
        return Reason(COUNTER if after.counter_at is not None else READING)
    if before.length != after.length:
        return length(after.parameter, used=used, was=was)
    if before.pauses != after.pauses:
        return Reason(RESUMED) if len(after.pauses) > len(before.pauses) else Reason(RECOUNTED)
    return None


def length(parameter: str | None, *, used: Mapping[str, Any], was: Mapping[str, Any] | None) -> Reason:
    old, new = ((each or {}).get(parameter or "", {}).get("value") for each in (was, used))
    return Reason(LENGTH, {"value": new, "before": old}) if old is not None and new is not None else Reason(PERIOD)


def assumed(years: Sequence[int]) -> Reason:
    return Reason(ASSUMED, {"years": ", ".join(map(str, years))})


def published(before: Sequence[int], after: Sequence[int]) -> Reason | None:
    """Years whose calendar was assumed and no longer is."""
    known = [year for year in before if year not in after]
    return Reason(PUBLISHED, {"years": ", ".join(map(str, known))}) if known else None
