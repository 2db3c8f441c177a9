"""The public calendar of a country: its holidays, and the weekend days that are worked in exchange (调休).

Where days are swapped, the list is decreed year by year: a year after the newest decree is not published, and is told so
instead of guessed. Elsewhere holidays follow from rules, for any year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

from holidays import HolidayBase, country_holidays
from holidays.utils import list_supported_countries

WEEKEND = frozenset({5, 6})
"""Where no public calendar is known: Saturday and Sunday."""

SWAPPING_SINCE = 2025
"""A country without a swapped day since then has given the practice up: the rules hold for its later years."""

DECREED = 3
"""A holiday that follows from a rule has month, day and name; one that was swapped names two days."""


@dataclass(frozen=True, kw_only=True)
class PublicYear:
    """One year of one country. `off` are its holidays by name, `worked` its weekend days on which people work."""

    published: bool
    weekend: frozenset[int]
    off: Mapping[date, str]
    worked: frozenset[date]


NOTHING = PublicYear(published=False, weekend=WEEKEND, off=MappingProxyType({}), worked=frozenset())


@cache
def supported_countries() -> tuple[str, ...]:
    return tuple(sorted(list_supported_countries(include_aliases=False)))


@cache
def last_published(country: str) -> int | None:
    """The last year of the country's public calendar that is known; None where there is no calendar."""
    if country not in supported_countries():
        return None
    known = country_holidays(country)
    decrees: Mapping[int, object] = getattr(known, "special_public_holidays", None) or {}
    swapped = max((year for year, days in decrees.items() if _swaps(days)), default=0)
    return swapped if swapped >= SWAPPING_SINCE else known.end_year


def _swaps(days: object) -> bool:
    if not isinstance(days, tuple) or not days:
        return False
    rows = days if isinstance(days[0], tuple) else (days,)
    return any(len(row) > DECREED for row in rows)


@cache
def public_year(country: str, year: int, language: str | None = None) -> PublicYear:
    """A year of a country; without holidays where it is not published. Names are in `language` if the library has it."""
    last = last_published(country)
    if last is None:
        return NOTHING
    years = (year - 1, year, year + 1)  # days are swapped across New Year too
    known = country_holidays(country, years=years, language=_language(country, language))
    weekend = frozenset(known.weekend)
    if year > last:
        return PublicYear(published=False, weekend=weekend, off=MappingProxyType({}), worked=_worked(known, year))
    off = {day: name for day, name in known.items() if day.year == year}
    return PublicYear(published=True, weekend=weekend, off=MappingProxyType(off), worked=_worked(known, year))


def _worked(known: HolidayBase, year: int) -> frozenset[date]:
    return frozenset(day for day in known.weekend_workdays if day.year == year)


@cache
def _language(country: str, language: str | None) -> str | None:
    """The library's own name of a language for a country; None is the country's own."""
    known = country_holidays(country).supported_languages
    wanted = (language or "").replace("-", "_")
    exact = next((each for each in known if each == wanted), None)
    return exact or next(
        (each for each in known if wanted and each.partition("_")[0] == wanted.partition("_")[0]), None
    )
