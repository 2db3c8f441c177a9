"""The list of customers as its page draws it: rows as the reader may see them, with badges and cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from core.customers.listing import Listing, segment_tests
from core.customers.parts import LIST_FILTERS, LIST_LINKS, ListFilter, ListLink, ListMark, marks_of
from core.customers.queries import Page
from core.customers.shown import Reader, ShownCustomer
from core.fields.storage import typed
from core.plugin.types import Field, Segment
from core.web.i18n import label

SOON = 100
"""Days within which a date also says how many are left."""
SCORE = (0, 100)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """`score` is a number from 0 to 100, drawn as a meter; `days` is what is left until a date soon to come."""

    text: str
    number: bool = False
    masked: bool = False
    tone: str | None = None
    score: int | None = None
    days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    customer: ShownCustomer
    phone: str | None
    marks: Sequence[ListMark]
    segments: Sequence[Segment]
    cells: Sequence[Cell]


@dataclass(frozen=True, kw_only=True)
class Column:
    name: str
    field: Field
    number: bool


@dataclass(frozen=True)
class Table:
    """One page of the list."""

    listing: Listing
    page: Page
    reader: Reader
    counted: int
    grades: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def columns(self) -> list[Column]:
        fields = self.reader.fields.fields
        return [Column(name=name, field=fields[name], number=_is_number(fields[name])) for name in self.listing.columns]

    @cached_property
    def lines(self) -> list[Line]:
        tests = segment_tests(self.listing.view, self.listing.segments.values())
        return [self._line(row, tests) for row in self.page.rows]

    @property
    def links(self) -> Sequence[ListLink]:
        return LIST_LINKS

    @property
    def filters(self) -> Sequence[ListFilter]:
        return LIST_FILTERS

    @property
    def capped(self) -> bool:
        return self.page.total is not None and self.page.total > self.counted

    def _line(self, row: Row[Any], tests: Any) -> Line:
        customer = self.reader.customer(row)
        flat = {**self.reader.fields.flat(row.attributes), **{name: getattr(row, name) for name in ("state", "kind")}}
        return Line(
            customer=customer,
            phone=self.reader.phone(customer),
            marks=marks_of(row),
            segments=[segment for segment, holds in tests if holds(flat)],
            cells=[self._cell(customer, column) for column in self.columns],
        )

    def _cell(self, customer: ShownCustomer, column: Column) -> Cell:
        text = self.reader.text(customer, column.name)
        if column.name == "grade":
            named = self.grades.get(customer.grade or "")
            return Cell(text=label(named) if named else text)
        value = customer.values.get(column.name)
        if column.name in customer.hidden:
            return Cell(text=text, masked=True)
        if isinstance(value, int) and (column.field.minimum, column.field.maximum) == SCORE:
            return Cell(text=text, score=value)
        return Cell(text=text, number=column.number, tone=_tone(column.field, value), days=self._days(column, value))

    def _days(self, column: Column, value: Any) -> int | None:
        day = typed(column.field, value) if column.field.kind == "date" else None
        if not isinstance(day, date):
            return None
        left = (day - datetime.now(ZoneInfo(self.reader.context.zone)).date()).days
        return left if 0 <= left <= SOON else None


def _is_number(field: Field) -> bool:
    return field.kind in ("integer", "decimal", "money", "date", "datetime") and (field.minimum, field.maximum) != SCORE


def _tone(field: Field, value: Any) -> str | None:
    """A choice that declares a tone of its own is shown as a badge."""
    found = next((each.tone for each in field.choices if each.key == value), "mute")
    return None if found == "mute" else found
