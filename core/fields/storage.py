"""Typed values and their one form inside the JSONB document `attributes`.

Dates are ISO text, points in time are UTC with whole seconds and a Z (as text they sort in time's order), decimals are
text without trailing zeros, money is minor units. A value that is not there is left out, never stored as null.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from core.plugin.types import Field


def stored(value: Any) -> Any:
    """The JSON form of a typed value."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    return value


def _plain(number: Decimal) -> str:
    text = format(number, "f") if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def typed(field: Field, value: Any) -> Any:
    """The typed value of a stored one; None where it does not follow its kind, as after a change of declaration."""
    try:
        if field.kind == "date" and isinstance(value, str):
            return date.fromisoformat(value)
        if field.kind == "datetime" and isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo is not None else None
        if field.kind == "decimal" and isinstance(value, str | int | float) and not isinstance(value, bool):
            return Decimal(str(value))
    except (ValueError, InvalidOperation):
        return None
    if field.kind == "choices" and isinstance(value, list):
        return tuple(value)
    return value


def merge_attributes(
    old: Mapping[str, Mapping[str, Any]], changes: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The document after the changes: None removes a value, what is not named stays, whoever it belongs to."""
    merged = {owner: dict(held) for owner, held in old.items()}
    for owner, values in changes.items():
        held = merged.setdefault(owner, {})
        for key, value in values.items():
            if value is None:
                held.pop(key, None)
            else:
                held[key] = value
    return {owner: held for owner, held in merged.items() if held}
