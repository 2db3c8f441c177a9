"""Form controls of declared fields: what a form shows for a value, and what a person typed when it was wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from babel.numbers import get_currency_precision
from flask_babel import gettext as _

from core.fields.fieldset import FieldSet
from core.fields.in_forms import conditions_of
from core.plugin.types import Field, FieldKind
from core.web.forms import Control, ControlKind, Option

STORED_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")

_KINDS: Mapping[FieldKind, ControlKind] = MappingProxyType(
    {
        "text": "text",
        "long_text": "textarea",
        "integer": "number",
        "decimal": "number",
        "money": "money",
        "boolean": "select",
        "date": "date",
        "datetime": "datetime",
        "choice": "select",
        "choices": "checks",
    }
)


def controls(
    fields: FieldSet,
    values: Mapping[str, Any],
    *,
    names: Iterable[str] | None = None,
    errors: Mapping[str, str] | None = None,
    zone: tzinfo = UTC,
    currency: str = "CNY",
) -> list[Control]:
    """One control for each field, or for those named. Values are typed, stored, or text as it was typed.

    `errors` are translated messages by name, as `core.web.forms.errors_of` gives them.
    """
    wrong = errors or {}
    wanted = list(fields.fields if names is None else names)
    shown_when = conditions_of(fields, wanted, values, zone=zone, currency=currency) if fields.tests else {}
    made = [
        _control(name, fields.fields[name], values.get(name), error=wrong.get(name), zone=zone, currency=currency)
        for name in wanted
    ]
    return [replace(each, shown_when=shown_when.get(each.name)) for each in made] if shown_when else made


def _control(name: str, field: Field, value: Any, *, error: str | None, zone: tzinfo, currency: str) -> Control:
    own_currency = field.currency or currency
    days = field.kind in ("date", "datetime")
    return Control(
        name=name,
        label=field.label,
        kind=_KINDS[field.kind],
        value=form_value(field, value, zone=zone, currency=own_currency),
        help=field.help,
        error=error,
        required=field.required,
        options=_options(field),
        unit=field.unit,
        currency=own_currency if field.kind == "money" else None,
        minimum=_day(field.minimum) if days else None,
        maximum=_day(field.maximum) if days else None,
        maxlength=field.max_length if field.kind in ("text", "long_text") else None,
    )


def form_value(field: Field, value: Any, *, zone: tzinfo = UTC, currency: str = "CNY") -> Any:
    """What the control holds: text, or a list of keys. Text that was typed comes back as it was."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.kind == "money" and isinstance(value, int):
        return f"{Decimal(value).scaleb(-get_currency_precision(currency)):f}"
    if field.kind == "datetime":
        if isinstance(value, str) and STORED_MOMENT.fullmatch(value):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return f"{value.astimezone(zone):%Y-%m-%dT%H:%M}"
    if isinstance(value, list | tuple | set | frozenset):
        return [str(each) for each in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def _options(field: Field) -> tuple[Option, ...]:
    if field.kind == "boolean":
        return (Option(value="yes", label=_("Yes")), Option(value="no", label=_("No")))
    return tuple(Option(value=each.key, label=each.label) for each in field.choices)


def _day(limit: Any) -> str | None:
    return limit.isoformat() if isinstance(limit, date) else None
