"""A value as a person reads it, in a language, a zone and a currency that the caller names."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, get_currency_precision

from core.fields.storage import typed
from core.plugin.types import Field, Label
from core.web.formats import DATE, LETTERS_BEFORE_SIGN, NONE

YES_NO = {"zh": ("是", "否"), "en": ("Yes", "No")}
MOST_DECIMALS = "#,##0.##########"


def display(field: Field, value: Any, *, locale: str, zone: tzinfo = UTC, currency: str = "CNY") -> str:
    """The text for a typed or stored value; an en dash where there is none.

    `currency` is the workspace's own: it is shown by its bare sign, any other with its letters.
    """
    held = typed(field, value)
    if held is None or held in ("", ()):
        return NONE
    babel = Locale.parse(locale, sep="-")
    match field.kind:
        case "boolean":
            return YES_NO[_language(babel)][0 if held else 1]
        case "choice":
            return choice_label(field, held, locale=locale)
        case "choices":
            return _joiner(babel).join(choice_label(field, each, locale=locale) for each in held)
        case "date" if isinstance(held, date):
            return format_date(held, DATE[_language(babel)], locale=babel)
        case "datetime" if isinstance(held, datetime):
            return format_datetime(held.astimezone(zone), f"{DATE[_language(babel)]} HH:mm", locale=babel)
        case "money" if isinstance(held, int):
            return money(held, currency=field.currency or currency, home=currency, locale=babel)
        case "integer" | "decimal" if isinstance(held, int | Decimal):
            number = format_decimal(held, MOST_DECIMALS, locale=babel, decimal_quantization=False)
            return _signed(number) + unit(field, locale=locale)
    return str(held)


def money(minor: int, *, currency: str, home: str, locale: Locale) -> str:
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    text = format_currency(amount, currency, locale=locale)
    return _signed(LETTERS_BEFORE_SIGN.sub(r"\1", text) if currency == home else text)


def unit(field: Field, *, locale: str) -> str:
    return f" {label(field.unit, locale=locale)}" if field.unit else ""


def choice_label(field: Field, key: Any, *, locale: str) -> str:
    """The label, or the key itself of a choice that is no longer declared."""
    return next((label(each.label, locale=locale) for each in field.choices if each.key == key), str(key))


def label(text: Label, *, locale: str) -> str:
    return text.get(locale) or next(iter(text.values()), "")


def _language(locale: Locale) -> str:
    return "zh" if locale.language == "zh" else "en"


def _joiner(locale: Locale) -> str:
    return "、" if locale.language == "zh" else ", "


def _signed(text: str) -> str:
    return text.replace("-", "−")
