"""When and how often a customer may be contacted, as data: parameters of any enabled vertical, or the core's own profile.

- `<purpose>_window_start` and `_window_end`: hours of the customer's clock, on channels that disturb.
- `<purpose>_max_day`, `_max_week`, `_max_30d`: a budget across all providers and channels; `any_max_day` counts every purpose.

All that apply hold together. For a purpose nobody declares, the core's own (`params.toml`) stands; retention and surveys
without their own keep to marketing's. A deferral ends at a moment which all limits of that very day allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from core.gate.facts import PURPOSES, SELLING, Past
from core.gate.prepared import Places, Prepared, prepared
from core.gate.windows import Budget, Window, next_day
from core.plugin import Parameter, Vertical
from core.plugin.catalog import CatalogView, LoadedVertical
from core.plugin.params import ParameterSet, read

T = TypeVar("T")
TIMED_CHANNELS = frozenset({"phone", "sms", "visit"})
"""Channels that disturb. A letter or an e-mail waits until it is opened."""

SPANS = {"day": 1, "week": 7, "30d": 30}
ROUNDS = 400
"""Steps of a search for an allowed moment: 30 days, each with a few openings."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What holds on one day of one customer."""

    windows: Sequence[Window]
    budgets: Sequence[Budget]

    def allow(self, moment: datetime, zone: ZoneInfo, past: Sequence[Past]) -> bool:
        return all(each.allows(moment, zone) for each in self.windows) and not self.spent(moment, zone, past)

    def spent(self, moment: datetime, zone: ZoneInfo, past: Sequence[Past]) -> list[Budget]:
        return [each for each in self.budgets if not each.allows(moment, zone, past)]


LimitsOn = Callable[[date], Limits]


def settle(moment: datetime, *, on: LimitsOn, zone: ZoneInfo, past: Sequence[Past] = ()) -> datetime | None:
    """The first moment, not before the given one, that the limits of its own day allow. None: there is none."""
    for _ in range(ROUNDS):
        limits = on(moment.astimezone(zone).date())
        closed = next((window for window in limits.windows if not window.allows(moment, zone)), None)
        if closed is None and not limits.spent(moment, zone, past):
            return moment
        later = closed.opens(moment, zone) if closed is not None else next_day(moment, zone)
        if later is None:
            return None
        moment = later
    return None


def limits_for(view: CatalogView, *, purpose: str, channel: str, places: Places, on: date) -> Limits:
    """The limits of contacts about a purpose on a channel, on one day."""
    ready = prepared(view)
    return ready.once(
        ("limits", purpose, channel, places, on),
        lambda: Limits(
            windows=_first(ready, purpose, places, on, _windows) if channel in TIMED_CHANNELS else (),
            budgets=(*_first(ready, purpose, places, on, _budgets), *_budgets(ready, "any", places, on)),
        ),
    )


def _first(
    ready: Prepared, purpose: str, places: Places, on: date, read: Callable[[Prepared, str, Places, date], Sequence[T]]
) -> Sequence[T]:
    """What verticals declare for the purpose, else for marketing if it stands in for it, else the core's."""
    names = [purpose, "marketing"] if purpose in SELLING or purpose == "survey" else [purpose]
    for source in (ready, prepared(core_profile())):
        for name in dict.fromkeys(names):
            found = read(source, name, places, on)
            if found:
                return found
    return ()


def _windows(ready: Prepared, purpose: str, places: Places, on: date) -> Sequence[Window]:
    return tuple(_declared_windows(ready, purpose, places, on))


def _declared_windows(ready: Prepared, purpose: str, places: Places, on: date) -> Iterator[Window]:
    for owner in ready.view.parameters:
        names = (f"{owner}.{purpose}_window_start", f"{owner}.{purpose}_window_end")
        start, end = (ready.number(name, places=places, on=on) for name in names)
        if start is not None and end is not None:
            yield Window(
                owner=owner,
                start=time.fromisoformat(str(start.value)),
                end=time.fromisoformat(str(end.value)),
                parameters=((names[0], start), (names[1], end)),
            )


def _budgets(ready: Prepared, purpose: str, places: Places, on: date) -> Sequence[Budget]:
    return tuple(_declared_budgets(ready, purpose, places, on))


def _declared_budgets(ready: Prepared, purpose: str, places: Places, on: date) -> Iterator[Budget]:
    for owner in ready.view.parameters:
        for span, days in SPANS.items():
            name = f"{owner}.{purpose}_max_{span}"
            most = ready.number(name, places=places, on=on)
            if most is not None:
                yield Budget(
                    owner=owner,
                    span=span,
                    days=days,
                    limit=int(str(most.value)),
                    purposes=counted(purpose),
                    parameter=(name, most),
                )


def counted(purpose: str) -> frozenset[str]:
    """Whose contacts count against a purpose's budget. Who is sold to once more is so whatever it is called."""
    if purpose == "any":
        return frozenset(PURPOSES)
    return frozenset({*SELLING, "survey"}) if purpose == "marketing" else frozenset({purpose})


@cache
def core_profile() -> CatalogView:
    """The core's own parameters (of all its features), readable like those of a vertical named `core`."""
    rows: list[Parameter] = []
    for file in sorted(Path(__file__).parent.parent.glob("*/params.toml")):
        found, problems = read(file.read_text(encoding="utf-8"))
        if problems:
            raise ValueError(f"{file}: {problems}")
        rows += found.rows
    label = {"zh-CN": "核心", "en": "Core"}
    core = Vertical(key="core", label=label, version="1", requires=">=1")
    return CatalogView(
        [
            LoadedVertical(
                vertical=core,
                distribution="kehub",
                module=__name__,
                package="core.gate",
                parameters=ParameterSet(rows=rows),
            )
        ]
    )
