"""How values look: dates in the workspace's zone, money by its currency's exponent, − for minus, – for none."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _

from core.web.current import maybe_context
from core.web.i18n import DEFAULT, LANGUAGES, label, own_tongue

NONE = "–"
DEFAULT_ZONE = "Asia/Shanghai"

DATE = {"zh": "yyyy-MM-dd", "en": "d MMM yyyy"}
DATE_SHORT = {"zh": "MM-dd", "en": "d MMM"}
LETTER_BEFORE_DIGIT = re.compile(r"(?<=[A-Z])(?=\d)")
LETTERS_BEFORE_SIGN = re.compile(r"^(\W*)[A-Z]+(?=[^\sA-Z\d])")


def install_formats(app: Flask) -> None:
    app.jinja_env.filters.update(
        date=date_text,
        datetime=datetime_text,
        isotime=iso_time,
        money=money,
        number=number,
        percent=percent,
        kpi_numerator=kpi_numerator,
        kpi_value=kpi_value,
        relative=relative,
        label=label,
        own_tongue=own_tongue,
        filesize=file_size,
    )


KPI_DIGITS = {"per_million": 1, "ratio": 4, "seconds": 1}
SECONDS = {"seconds": 1, "hours": 3600, "days": 86_400}


def file_size(size: int) -> str:
    """`12 KB`, `3.4 MB`: by thousands, as file managers do."""
    if size < 1_000_000:
        return f"{number(max(1, round(size / 1000)))} KB"
    return f"{number(size / 1_000_000, 1)} MB"


def now() -> datetime:
    return datetime.now(UTC)


def zone() -> ZoneInfo:
    context = maybe_context()
    return ZoneInfo(context.zone if context is not None else DEFAULT_ZONE)


def _locale() -> Locale:
    return get_locale() or Locale.parse(LANGUAGES[DEFAULT])


def _pattern(patterns: dict[str, str]) -> str:
    return patterns["en" if _locale().language == "en" else "zh"]


def _local(value: datetime) -> datetime:
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return aware.astimezone(zone())


def date_text(value: date | datetime | None) -> str:
    """`2026-11-20`, `20 Nov 2026`. A moment is shown as the day it falls on in the workspace's zone."""
    if value is None:
        return NONE
    day = _local(value).date() if isinstance(value, datetime) else value
    return format_date(day, _pattern(DATE), locale=_locale())


def datetime_text(value: datetime | None, style: str = "short") -> str:
    """`11-20 10:24`, `20 Nov 10:24`; with the year where it is not this one, or always with `style="full"`."""
    if value is None:
        return NONE
    moment = _local(value)
    this_year = moment.year == now().astimezone(zone()).year
    day = DATE_SHORT if style == "short" and this_year else DATE
    clock = "HH:mm" if style == "short" else "HH:mm:ss"
    return format_datetime(moment, f"{_pattern(day)} {clock}", locale=_locale())


def iso_time(value: date | datetime) -> str:
    """For the `datetime` attribute of `<time>`."""
    return _local(value).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def relative(value: datetime | None) -> str:
    """`3 天前`, `3 days ago`, `in 2 hours`."""
    if value is None:
        return NONE
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return format_timedelta(aware - now(), granularity="minute", add_direction=True, locale=_locale())


def money(minor: int | Decimal | None, currency: str | None = None) -> str:
    """Minor units as an amount. The workspace's own currency shows its bare sign, another one also its letters."""
    if minor is None:
        return NONE
    context = maybe_context()
    home = context.currency if context is not None else "CNY"
    code = currency or home
    amount = Decimal(minor).scaleb(-get_currency_precision(code))
    text = format_currency(amount, code, locale=_locale())
    if code == home:
        text = LETTERS_BEFORE_SIGN.sub(r"\1", text)
    return LETTER_BEFORE_DIGIT.sub("\u00a0", text).replace("-", "−")


def number(value: Any, digits: int | None = None) -> str:
    """`12,349`; with `digits`, exactly that many decimals."""
    if value is None:
        return NONE
    pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, locale=_locale()).replace("-", "−")


def percent(ratio: Decimal | float | None, digits: int = 1) -> str:
    """A ratio as `26.5%`. None is "no data", never 0 %."""
    if ratio is None:
        return NONE
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return format_percent(ratio, pattern, locale=_locale()).replace("-", "−")


def kpi_value(reading: Any) -> str:
    """A KPI reading's value in its unit: `26.54%`, `11.9` (per million), `312.5 s`, `¥84.20`; an en dash: there is no data."""
    if reading.value is None:
        return NONE
    if reading.unit == "percent":
        return percent(reading.value / 100, 2)
    if reading.unit == "money":
        return money(reading.value, reading.currency)
    return _in_unit(number(reading.value, KPI_DIGITS.get(reading.unit, 2)), reading.unit)


def kpi_numerator(reading: Any, numerator: int | None = None) -> str:
    """What a KPI divides, as people read it: an amount of money, hours or days where seconds were added, else the number.

    `numerator` is another one of the same KPI, such as a stored one.
    """
    total = reading.numerator if numerator is None else numerator
    if reading.unit == "money":
        return money(total, reading.currency)
    seconds = SECONDS.get(reading.unit)
    return number(total) if seconds is None else _in_unit(number(total / seconds, 1), reading.unit)


def _in_unit(text: str, unit: str) -> str:
    if unit == "seconds":
        text = _("%(number)s s", number=text)
    if unit == "hours":
        text = _("%(number)s h", number=text)
    return str(_("%(number)s days", number=text)) if unit == "days" else text
