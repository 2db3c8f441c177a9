"""Hours in which a customer may be contacted, as data: `<purpose>_window_start` and `_end` of any enabled vertical.

All windows that apply hold together. Where no vertical declares one, the core's own (`params.toml`) stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from core.gate.facts import SELLING
from core.parameters.queries import resolve
from core.plugin import Parameter, Vertical
from core.plugin.catalog import CatalogView, LoadedVertical
from core.plugin.params import read

TIMED_CHANNELS = frozenset({"phone", "sms", "visit"})
"""Channels that disturb. A letter or an e-mail waits until it is opened."""

SEARCH_DAYS = 4
ROUNDS = 40


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


@cache
def core_profile() -> CatalogView:
    """The core's own parameters, readable like those of a vertical named `core`."""
    rows, problems = read((Path(__file__).parent / "params.toml").read_text(encoding="utf-8"))
    if problems:
        raise ValueError(f"core/gate/params.toml: {problems}")
    label = {"zh-CN": "核心", "en": "Core"}
    core = Vertical(key="core", label=label, version="1", requires=">=1")
    return CatalogView(
        [LoadedVertical(vertical=core, distribution="kehub", module=__name__, package="core.gate", parameters=rows)]
    )


def windows_for(
    view: CatalogView, *, purpose: str, channel: str, jurisdictions: Sequence[str | None], on: date
) -> list[Window]:
    """Windows of the purpose; retention and surveys without their own keep to marketing's."""
    if channel not in TIMED_CHANNELS:
        return []
    own = list(_declared(view, purpose, jurisdictions, on))
    if not own and (purpose in SELLING or purpose == "survey"):
        own = list(_declared(view, "marketing", jurisdictions, on))
        own = own or list(_declared(core_profile(), "marketing", jurisdictions, on))
    return own


def _declared(view: CatalogView, purpose: str, jurisdictions: Sequence[str | None], on: date) -> Iterator[Window]:
    for owner in view.parameters:
        names = (f"{owner}.{purpose}_window_start", f"{owner}.{purpose}_window_end")
        try:
            found = [(name, resolve(view, key=name, jurisdictions=jurisdictions, on=on)) for name in names]
        except LookupError:
            continue
        start, end = (time.fromisoformat(str(parameter.value)) for _, parameter in found)
        yield Window(owner=owner, start=start, end=end, parameters=tuple(found))


def settle(moment: datetime, windows: Sequence[Window], zone: ZoneInfo) -> datetime | None:
    """The first moment, not before the given one, that every window allows. None: they have no hour in common."""
    for _ in range(ROUNDS):
        closed = next((window for window in windows if not window.allows(moment, zone)), None)
        if closed is None:
            return moment
        later = closed.opens(moment, zone)
        if later is None:
            return None
        moment = later
    return None
