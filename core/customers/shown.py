"""A customer as one reader may see it: the only way from a row to a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_name
from sqlalchemy import Row

from core.context import Context
from core.fields import FieldSet
from core.fields.display import display
from core.fields.masks import masker
from core.web.formats import NONE
from core.web.i18n import LANGUAGES, language


@dataclass(frozen=True, kw_only=True)
class ShownCustomer:
    """Masked where the reader may not see. `values` are typed or stored, or masked text; keys are names of fields."""

    id: UUID
    number: int
    state: str
    values: Mapping[str, Any]
    hidden: frozenset[str]
    version: int
    created_at: datetime
    updated_at: datetime
    lease_ends: datetime | None
    spoken_phone: str | None

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


def spoken(number: str, *, region: str) -> str:
    """An E.164 number grouped as its country does."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    home = phonenumbers.region_code_for_number(parsed) == region
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, style))


def spaced(masked: str) -> str:
    """A masked number with room around what is left out: `138 **** 2038`."""
    return masked.replace("****", " **** ").strip() if "*****" not in masked else masked


def _country(code: str) -> str:
    return str(Locale.parse(LANGUAGES[language()]).territories.get(code, code))


def _tongue(tag: str) -> str:
    try:
        return Locale.parse(tag, sep="-").get_display_name(LANGUAGES[language()]) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def _money(code: str) -> str:
    return f"{get_currency_name(code, locale=LANGUAGES[language()])} ({code})"


NAMED: Mapping[str, Callable[[str], str]] = {"country": _country, "currency": _money, "locale": _tongue}
"""Core fields that hold a code of ISO 3166, ISO 4217 or BCP 47, each with who names it in the reader's language."""


@dataclass(frozen=True)
class Reader:
    """Who reads, and what fields there are: made once for a page of many rows."""

    context: Context
    fields: FieldSet

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.context.zone)

    def customer(self, row: Row[Any]) -> ShownCustomer:
        flat = self.fields.shown(row.attributes)
        values: dict[str, Any] = {}
        hidden = set()
        for name in self.fields.fields:
            raw = getattr(row, name) if name in self.fields.columns else flat.get(name)
            values[name] = self.masked(name, raw)
            if values[name] != raw:
                hidden.add(name)
        phone = values.get("phone")
        return ShownCustomer(
            id=row.id,
            number=row.number,
            state=row.state,
            values=values,
            hidden=frozenset(hidden),
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
            lease_ends=getattr(row, "lease_ends", None),
            spoken_phone=phone if phone is None or "phone" in hidden else spoken(phone, region=self.context.country),
        )

    def masked(self, name: str, value: Any) -> Any:
        mask = self._masks.get(name)
        if mask is None or value is None:
            return value
        shown = mask(value)
        return spaced(shown) if self.fields.fields[name].mask == "phone" else shown

    @cached_property
    def _masks(self) -> Mapping[str, Callable[[Any], Any]]:
        made = (
            (name, masker(field, name=name, sight=self.context.sight)) for name, field in self.fields.fields.items()
        )
        return {name: mask for name, mask in made if mask is not None}

    def phone(self, customer: ShownCustomer) -> str | None:
        """As people read it out: `138 1234 2038`, with the country code where it is another country's."""
        return customer.spoken_phone

    def text(self, customer: ShownCustomer, name: str) -> str:
        """The value as a person reads it; an en dash where there is none."""
        value = customer.values.get(name)
        if name in customer.hidden:
            return str(value)
        if name in NAMED and value:
            return NAMED[name](str(value))
        field = self.fields.fields[name]
        return display(field, value, locale=language(), zone=self.zone, currency=self.context.currency)

    def has(self, customer: ShownCustomer, name: str) -> bool:
        return self.text(customer, name) != NONE
