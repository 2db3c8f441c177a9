"""From what people type and files hold to typed values, one function for each kind.

Widths are folded first (NFKC), so that `２０２７年` and `1，234` read like their half-width forms. What could mean two
things is refused, not guessed: `1/2/2027`, `1.234,56`, two-digit years. A message never repeats the value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from babel.numbers import get_currency_precision, get_currency_symbol

from core.errors import N_
from core.plugin.types import Field, FieldKind, Wrong

BIGINT = 2**63
MOST_DIGITS = 28
"""Of a number, so that Python's decimal context moves its point without rounding."""
MOST_NAMED_CHOICES = 12

NUMBER = re.compile(r"([+-]?)((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+|[0-9]*))(?:\.([0-9]*))?")
DATE_PARTS = (
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年 ?([0-9]{1,2})月 ?([0-9]{1,2})[日号]|([0-9]{2})([0-9]{2}))"
)
DATE = re.compile(DATE_PARTS)
MOMENT = re.compile(
    DATE_PARTS
    + r"(?:(?:T| +|(?<=[日号]))([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)? *(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
UNSTORABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LINE_BREAK = re.compile(r"[\t\r\n]+")
LIST_SEPARATOR = re.compile(r"\s*[,;、|\n]\s*")
INVISIBLE = str.maketrans("", "", "\u200b\u2060\ufeff")

YES = frozenset({"yes", "y", "true", "t", "1", "on", "是", "有", "对"})
NO = frozenset({"no", "n", "false", "f", "0", "off", "否", "无", "不是", "没有"})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a value without its own zone or currency is read in."""

    zone: tzinfo = UTC
    currency: str = "CNY"
    choices: dict[int, Mapping[str, str]] = dataclass_field(default_factory=dict)
    """The folded names of choices by id of their field, kept from one row of a file to the next."""


def is_blank(raw: Any) -> bool:
    if isinstance(raw, str):
        return not raw.translate(INVISIBLE).strip()
    return raw is None or (isinstance(raw, list | tuple) and all(is_blank(each) for each in raw))


def read(field: Field, raw: Any, *, settings: Settings) -> Any:
    """The typed value within the limits of its field. Raises Wrong. `raw` is not blank."""
    value = _READERS[field.kind](field, raw, settings)
    check_limits(field, value, currency=field.currency or settings.currency)
    return value


def check_limits(field: Field, value: Any, *, currency: str | None = None) -> None:
    """Raises Wrong where a typed value is longer, smaller or larger than its field allows.

    Limits of money are told as amounts of `currency`, and without it as they are, in minor units.
    """
    if isinstance(value, str) and len(value) > field.max_length:
        raise Wrong(
            "too_long",
            N_("%(length)s characters are too many, at most %(limit)s."),
            length=len(value),
            limit=field.max_length,
        )
    low: Any = field.minimum
    high: Any = field.maximum
    measured = value.date() if isinstance(value, datetime) else value
    if low is not None and measured < low:
        raise Wrong("too_small", N_("The least is %(limit)s."), limit=_limit_text(field, low, currency=currency))
    if high is not None and measured > high:
        raise Wrong("too_large", N_("The most is %(limit)s."), limit=_limit_text(field, high, currency=currency))
    if field.kind in ("integer", "money") and not -BIGINT <= value < BIGINT:
        raise Wrong("too_large", N_("This number is too large to be stored."))


def _limit_text(field: Field, limit: Any, *, currency: str | None) -> str:
    if field.kind == "money" and currency:
        return f"{Decimal(limit).scaleb(-get_currency_precision(currency)):f} {currency}"
    return str(limit)


def folded(raw: Any) -> str:
    """One width, no invisible marks, no outer white space."""
    return unicodedata.normalize("NFKC", str(raw)).translate(INVISIBLE).strip()


def read_text(field: Field, raw: Any, _: Settings) -> str:
    text = unicodedata.normalize("NFC", str(raw)).strip()
    long = field.kind == "long_text"
    text = text.replace("\r\n", "\n").replace("\r", "\n") if long else LINE_BREAK.sub(" ", text)
    if UNSTORABLE.search(text):
        raise Wrong("unstorable", N_("This text holds a character that cannot be stored."))
    return text


def _number(raw: Any) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | float | Decimal):
        number = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
        return number if number.is_finite() else None
    found = NUMBER.fullmatch(folded(raw).replace("−", "-"))
    if found is None:
        return None
    sign, whole, decimals = found[1], re.sub("[, ]", "", found[2]), found[3] or ""
    if not whole + decimals or len(whole + decimals) > MOST_DIGITS:
        return None
    return Decimal(f"{sign}{whole or 0}.{decimals or 0}")


def read_integer(_: Field, raw: Any, __: Settings) -> int:
    number = _number(raw)
    if number is None or number != number.to_integral_value():
        raise Wrong("not_an_integer", N_("This is not a whole number."))
    return int(number)


def read_decimal(_: Field, raw: Any, __: Settings) -> Decimal:
    number = _number(raw)
    if number is None:
        raise Wrong("not_a_number", N_("This is not a number such as 1234.5."))
    return number


def read_money(field: Field, raw: Any, settings: Settings) -> int:
    """Minor units of an amount as people write it: `1,234.50`, `¥1234.5`, `1234.5 元`, `CNY 12`."""
    currency = field.currency or settings.currency
    text = raw
    if isinstance(raw, str):
        text = folded(raw)
        for sign in _signs(currency):
            text = text.removeprefix(sign).removesuffix(sign).strip()
    number = _number(text)
    if number is None:
        raise Wrong("not_an_amount", N_("This is not an amount such as 1234.50 in %(currency)s."), currency=currency)
    digits = get_currency_precision(currency)
    minor = number.scaleb(digits)
    if minor != minor.to_integral_value():
        raise Wrong(
            "too_precise",
            N_("%(currency)s is written with at most %(digits)s decimals."),
            currency=currency,
            digits=digits,
        )
    return int(minor)


@cache
def _signs(currency: str) -> list[str]:
    signs = {currency, get_currency_symbol(currency, locale="en"), get_currency_symbol(currency, locale="zh_Hans_CN")}
    own = {folded(sign) for sign in signs} | ({"元", "圆", "人民币", "RMB"} if currency == "CNY" else set())
    return sorted(own, key=len, reverse=True)


def read_boolean(_: Field, raw: Any, __: Settings) -> bool:
    if isinstance(raw, bool):
        return raw
    word = folded(raw).casefold()
    if word not in YES | NO:
        raise Wrong("not_a_boolean", N_("Write yes or no."))
    return word in YES


def read_date(_: Field, raw: Any, __: Settings) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    found = DATE.fullmatch(folded(raw))
    if found is None:
        raise Wrong("not_a_date", N_("This is not a date such as 2027-01-31."))
    return _day(found)


def _day(found: re.Match[str]) -> date:
    month, day = (part for part in found.groups()[2:8] if part)
    try:
        return date(int(found[1]), int(month), int(day))
    except ValueError:
        raise Wrong("no_such_day", N_("The calendar has no such day.")) from None


def read_datetime(_: Field, raw: Any, settings: Settings) -> datetime:
    """In UTC, whole seconds. Without an offset it is the wall clock of `settings.zone`; a day alone begins at 00:00."""
    if isinstance(raw, datetime):
        aware = raw if raw.tzinfo is not None else raw.replace(tzinfo=settings.zone)
        return aware.astimezone(UTC).replace(microsecond=0)
    found = MOMENT.fullmatch(folded(raw))
    if found is None:
        raise Wrong("not_a_time", N_("This is not a time such as 2027-01-31 08:30."))
    day = _day(found)
    try:
        clock = time(int(found[9] or 0), int(found[10] or 0), int(found[11] or 0))
        return datetime.combine(day, clock, tzinfo=_offset(found[12]) or settings.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Wrong("no_such_time", N_("The clock has no such time.")) from None


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _choice_keys(field: Field, settings: Settings) -> Mapping[str, str]:
    """Every way to name a choice, folded, with its key: the key itself and the label in each language."""
    if id(field) not in settings.choices:
        settings.choices[id(field)] = _names_of_choices(field)
    return settings.choices[id(field)]


def _names_of_choices(field: Field) -> Mapping[str, str]:
    by_label = {folded(text).casefold(): each.key for each in reversed(field.choices) for text in each.label.values()}
    return {**by_label, **{each.key.casefold(): each.key for each in field.choices}}


def read_choice(field: Field, raw: Any, settings: Settings) -> str:
    key = _choice_keys(field, settings).get(folded(raw).casefold())
    if key is None:
        raise no_such_choice(field)
    return key


def read_choices(field: Field, raw: Any, settings: Settings) -> tuple[str, ...]:
    keys = _choice_keys(field, settings)
    if isinstance(raw, list | tuple):
        parts = [each for each in raw if not is_blank(each)]
    elif folded(raw).casefold() in keys:
        parts = [raw]
    else:
        parts = [part for part in LIST_SEPARATOR.split(folded(raw)) if part]
    return tuple(dict.fromkeys(read_choice(field, part, settings) for part in parts))


def no_such_choice(field: Field) -> Wrong:
    keys = [each.key for each in field.choices]
    named = ", ".join(keys[:MOST_NAMED_CHOICES]) + (" …" if len(keys) > MOST_NAMED_CHOICES else "")
    return Wrong("no_such_choice", N_("This is none of the choices. There are: %(choices)s."), choices=named)


_READERS: Mapping[FieldKind, Callable[[Field, Any, Settings], Any]] = MappingProxyType(
    {
        "text": read_text,
        "long_text": read_text,
        "integer": read_integer,
        "decimal": read_decimal,
        "money": read_money,
        "boolean": read_boolean,
        "date": read_date,
        "datetime": read_datetime,
        "choice": read_choice,
        "choices": read_choices,
    }
)
