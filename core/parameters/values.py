"""A parameter's value as people write it, as JSON keeps it, as both languages show it, and within the limits of the law."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from babel import Locale
from babel.dates import format_timedelta
from babel.numbers import format_decimal

from core.errors import N_, FieldError, Invalid
from core.plugin.types import LOCALES, Label, Parameter
from core.web.i18n import Spoken

YES_NO = {"zh": ("是", "否"), "en": ("yes", "no")}
UNITS: Mapping[str, tuple[str, str]] = {
    "times": ("次", "times"),
    "people": ("人", "people"),
    "multiple": ("倍", "times"),
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
    "km": ("公里", "km"),
    "ratio": ("", ""),
    "pattern": ("", ""),
    "cm3/kg": ("cm³/kg", "cm³/kg"),
}
"""Units in Chinese and English. Another unit is shown as the vertical writes it."""

TEXT_LIMIT = 100
MOST = Decimal(10) ** 12
NUMBER = re.compile(r"[+-]?\d{1,13}([.]\d{1,6})?")
TIME = re.compile(r"[0-2]\d:[0-5]\d")
WORDS = {"yes": True, "true": True, "no": False, "false": False}


class Piece(NamedTuple):
    """The part of a period in which one declared row is in force."""

    row: Parameter
    begins: date
    ends: date | None


def parse(text: str, model: Parameter) -> Any:
    """A value of the declared value's kind. Raises Invalid, which says of what kind it must be."""
    given = text.strip()
    if not given:
        raise _wrong("required", N_("This must be filled in."))
    if isinstance(model.value, bool):
        if given.lower() not in WORDS:
            raise _wrong("choice", N_("Choose one of the values."))
        return WORDS[given.lower()]
    if isinstance(model.value, int | Decimal):
        return _number(given, whole=isinstance(model.value, int), below_zero=model.value < 0)
    if model.unit == "local_time":
        return _time(given)
    if len(given) > TEXT_LIMIT:
        raise _wrong("long", N_("At most %(longest)s characters."), longest=TEXT_LIMIT)
    return given


def _number(given: str, *, whole: bool, below_zero: bool) -> int | Decimal:
    try:
        found = Decimal(given) if NUMBER.fullmatch(given) else None
    except InvalidOperation:
        found = None
    if found is None or abs(found) > MOST:
        raise _wrong("number", N_("This is not a number."))
    if found < 0 and not below_zero:
        raise _wrong("negative", N_("The number cannot be negative."))
    if not whole:
        return found.normalize() if found else Decimal(0)
    if found != found.to_integral_value():
        raise _wrong("whole", N_("A whole number is needed here."))
    return int(found)


def _time(given: str) -> str:
    try:
        return time.fromisoformat(given if TIME.fullmatch(given) else "").strftime("%H:%M")
    except ValueError:
        raise _wrong("time", N_("Write a time of day such as 09:00.")) from None


def _wrong(code: str, message: str, **params: Any) -> Invalid:
    return Invalid(errors=[FieldError(field="value", code=code, message=message, params=params)])


def as_json(value: Any) -> Any:
    """As a row or a file keeps it; `as_text` of it is parsed to the same value again."""
    return str(value) if isinstance(value, Decimal) else value


def as_text(value: Any) -> str:
    """As a form shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def from_json(value: Any, model: Parameter) -> Any:
    """A kept value in the kind that the parameter is declared with."""
    if isinstance(model.value, Decimal) and not isinstance(value, bool):
        return Decimal(str(value))
    return value


def pieces(rows: Iterable[Parameter], *, begins: date, ends: date | None) -> Iterator[Piece]:
    """Which declared rows of one parameter and place are in force in a period, in order of time."""
    for row in sorted(rows, key=lambda each: each.effective_from):
        first = max(begins, row.effective_from)
        last = min((day for day in (ends, row.effective_to) if day is not None), default=None)
        if last is None or first < last:
            yield Piece(row, first, last)


def lawful(rows: Iterable[Parameter], value: Any, *, begins: date, ends: date | None) -> Iterator[Parameter]:
    """A tenant's value as rows, while the law lets a tenant set it: a later law with other limits ends it by itself."""
    for row, first, last in pieces(rows, begins=begins, ends=ends):
        if row.overridable and not beyond(value, row):
            yield replace(row, value=value, effective_from=first, effective_to=last, set_by_tenant=True)


def beyond(value: Any, row: Parameter) -> bool:
    """Whether a value lies below the minimum or above the maximum of a declared row."""
    limits: Any = (row.minimum, row.maximum)
    return (limits[0] is not None and value < limits[0]) or (limits[1] is not None and value > limits[1])


def refusal(value: Any, piece: Piece, *, begins: date) -> FieldError | None:
    """What the law says against a value: which limit, from when, and where that is written. None: nothing."""
    row = piece.row
    low = row.minimum is not None and beyond(value, replace(row, maximum=None))
    if row.overridable and not beyond(value, row):
        return None
    params: dict[str, Any] = {"source": row.source, "day": piece.begins.isoformat()}
    later = piece.begins > begins
    if not row.overridable:
        message = _FIXED_LATER if later else _FIXED
        return FieldError(field="value", code="fixed", message=message, params=params)
    params["limit"] = Spoken(value_label(row.minimum if low else row.maximum, row.unit))
    message = (_BELOW_LATER if later else _BELOW) if low else (_ABOVE_LATER if later else _ABOVE)
    return FieldError(field="value", code="below" if low else "above", message=message, params=params)


_FIXED = N_("No other value may be set: %(source)s.")
_FIXED_LATER = N_("From %(day)s no other value may be set: %(source)s. Let it end before.")
_BELOW = N_("The law asks for at least %(limit)s: %(source)s.")
_ABOVE = N_("The law allows at most %(limit)s: %(source)s.")
_BELOW_LATER = N_("From %(day)s the law asks for at least %(limit)s: %(source)s. Let it end before.")
_ABOVE_LATER = N_("From %(day)s the law allows at most %(limit)s: %(source)s. Let it end before.")


def value_label(value: Any, unit: str) -> Label:
    """A value with its unit in both languages."""
    return {locale: f"{shown(value, locale=locale)} {unit_text(unit, locale=locale)}".strip() for locale in LOCALES}


def unit_text(unit: str, *, locale: str) -> str:
    return UNITS[unit][0 if locale.startswith("zh") else 1] if unit in UNITS else unit


def shown(value: Any, *, locale: str) -> str:
    """A value as a page shows it."""
    babel = Locale.parse(locale, sep="-")
    if isinstance(value, bool):
        return YES_NO["zh" if babel.language == "zh" else "en"][0 if value else 1]
    if isinstance(value, int | Decimal):
        return format_decimal(value, locale=babel, decimal_quantization=False).replace("-", "−")
    if isinstance(value, timedelta):
        return format_timedelta(value, threshold=2, locale=babel)
    return str(value)
