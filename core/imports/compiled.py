"""Cells to typed values, compiled from what a field declares: one function a column, without a look at the declaration again.

It gives for every cell what `FieldSet.parse` gives, value or error, which a property test holds; what is written plainly goes
a short way, and whatever is not goes the long one, through the very same readers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from unicodedata import is_normalized
from zoneinfo import ZoneInfo

from core.errors import FieldError
from core.fields import FieldSet
from core.plugin.types import Field

Found = tuple[Any, FieldError | None]
"""The typed value (None: blank) or what is wrong."""
Read = Callable[[str], Found]


def compile_cell(name: str, declared: Field, *, zone: ZoneInfo, currency: str) -> Read:
    """A reader of one column's cells. That a field is required is a matter of the row, not of the cell.

    `name` is the field's own: bare for the core's, qualified for a vertical's.
    """
    own = FieldSet(fields={name: replace(declared, required=False, show_when=None)})

    def slow(cell: str) -> Found:
        values, errors = own.parse({name: cell}, partial=True, zone=zone, currency=currency)
        return (None, errors[0]) if errors else (values.get(name), None)

    if declared.kind == "text" and declared.minimum is None and declared.maximum is None:
        return _text(declared, slow)
    if declared.kind == "date":
        return _date(declared, slow)
    return slow


def _text(declared: Field, slow: Read) -> Read:
    longest, validator = declared.max_length, declared.validator

    def read(cell: str) -> Found:
        if not cell.isprintable() or not (cell.isascii() or is_normalized("NFC", cell)):
            return slow(cell)
        text = cell.strip()
        if not text:
            return None, None
        if len(text) > longest:
            return slow(cell)
        if validator is None:
            return text, None
        try:
            canonical = validator(text)
        except Exception:
            return slow(cell)
        return (text if canonical is None else canonical), None

    return read


def _date(declared: Field, slow: Read) -> Read:
    low, high, validator = declared.minimum, declared.maximum, declared.validator

    def read(cell: str) -> Found:
        if len(cell) != 10 or cell[4] != "-" or cell[7] != "-" or not cell.isascii():
            return slow(cell)
        try:
            value = date.fromisoformat(cell)
            if (low is not None and value < low) or (high is not None and value > high):  # type: ignore[operator]
                return slow(cell)
            canonical = validator(value) if validator is not None else None
        except Exception:
            return slow(cell)
        return (value if canonical is None else canonical), None

    return read
