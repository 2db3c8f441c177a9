"""Parameters of verticals as rules use them and as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_timedelta
from babel.numbers import format_decimal

from core.errors import NotFound
from core.plugin.catalog import CatalogView
from core.plugin.params import in_force, places
from core.plugin.types import Parameter

EVERYWHERE = "*"
YES_NO = {"zh": ("是", "否"), "en": ("yes", "no")}
UNITS: dict[str, tuple[str, str]] = {
    "times": ("倍", "times"),
    "percent": ("%", "%"),
    "seconds": ("秒", "seconds"),
    "minutes": ("分钟", "minutes"),
    "hours": ("小时", "hours"),
    "days": ("天", "days"),
    "calendar_days": ("天（自然日）", "calendar days"),
    "working_days": ("个工作日", "working days"),
    "months": ("个月", "months"),
    "years": ("年", "years"),
    "per_day": ("次／天", "a day"),
    "per_week": ("次／周", "a week"),
    "per_month": ("次／月", "a month"),
    "local_time": ("当地时间", "local time"),
}
"""Units in Chinese and English. Another unit is shown as the vertical writes it."""


@dataclass(frozen=True, kw_only=True)
class ParameterRow:
    """One dated value as a page shows it. `value` and `unit` are texts; `effective_to` is the first day without it."""

    key: str
    label: str
    value: str
    unit: str
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    source_title: str
    source_article: str
    verified: bool
    in_force: bool


def resolve(view: CatalogView, *, key: str, jurisdictions: Sequence[str | None], on: date) -> Parameter:
    """The parameter `<vertical>.<key>` in force on that day in the first place that has one, each with its wider ones.

    `jurisdictions` are the customer's country, then the tenant's; what holds everywhere comes last, since a number of
    either country says more. Raises LookupError: without its number a rule does not pass.
    """
    vertical, _, bare = key.partition(".")
    if vertical not in view.parameters:
        raise LookupError(f"no vertical {vertical!r} is enabled, so there is no parameter {key!r}")
    asked = [place for each in jurisdictions if each for place in places(each) if place != EVERYWHERE]
    rows = [row for row in view.parameters[vertical].rows if row.key == bare and in_force(row, on=on)]
    for place in (*asked, EVERYWHERE):
        for row in rows:
            if row.jurisdiction == place:
                return row
    raise LookupError(f"no value of parameter {key!r} is in force in {' or '.join(asked) or 'any place'} on {on}")


def list_parameters(view: CatalogView, *, vertical: str, locale: str, on: date) -> list[ParameterRow]:
    """Every value of a vertical's parameters, past and coming ones too, in the order of declaration."""
    if vertical not in view.parameters:
        raise NotFound
    return [
        ParameterRow(
            key=f"{vertical}.{row.key}",
            label=row.label.get(locale) or row.key,
            value=_value(row.value, locale=locale),
            unit=UNITS[row.unit][0 if locale.startswith("zh") else 1] if row.unit in UNITS else row.unit,
            jurisdiction=row.jurisdiction,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            source_title=row.source_title,
            source_article=row.source_article,
            verified=row.verified,
            in_force=in_force(row, on=on),
        )
        for row in view.parameters[vertical].rows
    ]


def _value(value: Any, *, locale: str) -> str:
    babel = Locale.parse(locale, sep="-")
    if isinstance(value, bool):
        return YES_NO["zh" if babel.language == "zh" else "en"][0 if value else 1]
    if isinstance(value, int | Decimal):
        return format_decimal(value, locale=babel, decimal_quantization=False).replace("-", "−")
    if isinstance(value, timedelta):
        return format_timedelta(value, threshold=2, locale=babel)
    return str(value)
