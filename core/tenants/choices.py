"""What may be chosen of countries, languages, zones and currencies, named in the reader's language."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import list_currencies
from flask_babel import get_locale

from core.calendars.public import supported_countries
from core.tenants.organisation import LOCALES
from core.web.forms import Option
from core.web.i18n import OWN_NAMES

GROUPS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def countries() -> list[Option]:
    """Those whose public calendar is known, by their names."""
    names = Locale.parse(str(get_locale())).territories
    found = [Option(value=code, label=names.get(code, code)) for code in supported_countries() if len(code) == 2]
    return sorted(found, key=lambda each: str(each.label))


def languages() -> list[Option]:
    return [Option(value=each, label=OWN_NAMES[each]) for each in LOCALES]


@lru_cache(maxsize=1)
def zones() -> tuple[Option, ...]:
    """Zones by their names in the tz database, which people of every language search by."""
    names = sorted(each for each in available_timezones() if each.partition("/")[0] in GROUPS)
    return tuple(Option(value=each, label=each.replace("_", " ")) for each in (*names, "UTC"))


def currencies() -> list[Option]:
    locale = Locale.parse(str(get_locale()))
    known = list_currencies(locale="en")
    return [Option(value=each, label=f"{each} · {locale.currencies.get(each, each)}") for each in sorted(known)]
