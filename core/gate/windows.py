"""Hours in which a customer may be contacted, and how often: one window, one budget, in the customer's own time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.gate.facts import Past
from core.plugin import Parameter

SEARCH_DAYS = 4


@dataclass(frozen=True, kw_only=True)
class Window:
    """Half-open in the customer's local time; one that ends before it starts runs past midnight."""

    owner: str
    start: time
    end: time
    parameters: tuple[tuple[str, Parameter], ...]

    def allows(self, moment: datetime, zone: ZoneInfo) -> bool:
        local = moment.astimezone(zone).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def opens(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first opening after the moment. An opening that the clocks skip comes as much later as they jump."""
        today = moment.astimezone(zone).date()
        for day in (today + timedelta(days=offset) for offset in range(SEARCH_DAYS)):
            opening = datetime.combine(day, self.start, zone).astimezone(UTC)
            if opening > moment and self.allows(opening, zone):
                return opening
        return None

    def closes(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The end of the window the moment lies in, as an instant."""
        local = moment.astimezone(zone)
        later = self.start > self.end and local.time() >= self.start
        return datetime.combine(local.date() + timedelta(days=later), self.end, zone).astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """At most `limit` contacts about `purposes` in `days` days of the customer's calendar, today being the last of them.

    All providers' contacts count, on any channel: the customer has one patience.
    """

    owner: str
    span: str
    days: int
    limit: int
    purposes: frozenset[str]
    parameter: tuple[str, Parameter]

    def used(self, moment: datetime, zone: ZoneInfo, past: Sequence[Past]) -> int:
        """How many count against it at the moment."""
        today = moment.astimezone(zone).date()
        first = today - timedelta(days=self.days - 1)
        return sum(each.purpose in self.purposes and first <= each.at.astimezone(zone).date() <= today for each in past)

    def allows(self, moment: datetime, zone: ZoneInfo, past: Sequence[Past]) -> bool:
        """Whether one more contact fits at the moment."""
        return self.used(moment, zone, past) < self.limit


def next_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the customer's next day, also where clocks skip midnight."""
    tomorrow = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)
