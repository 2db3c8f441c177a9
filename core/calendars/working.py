"""Which days are worked in a country, for one tenant: pure, so that a deadline is computed the same everywhere.

A day is what the tenant itself says of it, else what the country's public calendar says. In a year that is not published
only the weekend is off; `assumed` names those years, and whoever shows a deadline says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, NamedTuple

from core.calendars.public import PublicYear, public_year

DayKind = Literal["work", "weekend", "holiday", "swapped", "own_work", "own_off"]
WORKED: frozenset[DayKind] = frozenset({"work", "swapped", "own_work"})
ONE = timedelta(days=1)
FARTHEST = 20_000
"""Working days that are counted one by one; no deadline is longer."""


class OwnDay(NamedTuple):
    works: bool
    name: str


class Day(NamedTuple):
    """A day as the calendar's page shows it. `name` is empty for an ordinary one."""

    day: date
    kind: DayKind
    name: str

    @property
    def works(self) -> bool:
        return self.kind in WORKED


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """The working days of `country`, a code of ISO 3166, with the tenant's own exceptions."""

    country: str
    own: Mapping[date, OwnDay] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        exception = self.own.get(day)
        return exception.works if exception is not None else _kind(self._year(day.year), day) in WORKED

    def add(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, which itself does not count."""
        if not 0 <= count <= FARTHEST:
            raise ValueError(f"{count} working days cannot be counted")
        left = count
        while left:
            day += ONE
            left -= self.is_working(day)
        return day

    def next_working(self, day: date) -> date:
        """The day itself if it is worked, else the first one after it that is."""
        while not self.is_working(day):
            day += ONE
        return day

    def is_published(self, year: int) -> bool:
        return self._year(year).published

    def assumed(self, first: date, last: date) -> list[int]:
        """The years in this stretch of time whose public calendar is not known."""
        return [year for year in range(first.year, last.year + 1) if not self.is_published(year)]

    def days(self, year: int, *, language: str | None = None) -> Iterable[Day]:
        """Every day of a year, with the names of holidays in a language."""
        public = public_year(self.country, year, language)
        day = date(year, 1, 1)
        while day.year == year:
            exception = self.own.get(day)
            if exception is not None:
                yield Day(day, "own_work" if exception.works else "own_off", exception.name)
            else:
                yield Day(day, _kind(public, day), public.off.get(day, ""))
            day += ONE

    def with_day(self, day: date, own: OwnDay | None) -> Calendar:
        """The calendar as it would be with another own day, or without one."""
        days = {each: held for each, held in self.own.items() if each != day}
        return Calendar(country=self.country, own=days if own is None else {**days, day: own})

    def _year(self, year: int) -> PublicYear:
        return public_year(self.country, year)


def _kind(public: PublicYear, day: date) -> DayKind:
    if day.weekday() in public.weekend:
        return "swapped" if day in public.worked else "holiday" if day in public.off else "weekend"
    return "holiday" if day in public.off else "work"
