"""The row parser, compiled from a mapping and the fields behind it: cells in, typed values and problems out.

Cells repeat from row to row, so each column remembers what a cell meant; most rows then cost a few look-ups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from core.audit import keys
from core.context import Context
from core.customers.fields import core_fields
from core.customers.identifiers import canonical, equality_key, sealed_as
from core.customers.service import phone_region
from core.errors import Invalid
from core.fields import FieldSet, stored
from core.fields.masks import mask
from core.fields.readers import is_blank
from core.imports import problems
from core.imports.mapping import ColumnMapping
from core.imports.problems import Problem, problem
from core.imports.reading import RawRow
from core.imports.targets import IDENTIFIER, is_identifier
from core.plugin.catalog import CatalogView
from core.plugin.types import Field

MEMORY = 20_000
"""Cells a column remembers before it begins anew."""
LONGEST_REMEMBERED = 100
"""Longer cells hardly repeat, and a file of them would be remembered whole."""
FORMULA = re.compile(r"\s*[=@]|[+\-\t\r](?![\d.,\s()-]*%?$)")
QUOTED_FORMULA = re.compile(r"'(?=[=+\-@\t\r])")
OPTIONAL = frozenset({"kind"})
"""Required core fields that a new customer has by itself."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number a customer is known by. `clear` is kept for sealing only where `sealed`."""

    scheme: str
    key: str
    clear: str
    shown: str
    sealed: bool


@dataclass(slots=True)
class Row:
    """What a row says. `rejected`: at least one of its problems is an error. `missing`: target and column of what a new
    customer would need."""

    line: int
    at: int
    digest: str = ""
    key: Number | None = None
    numbers: list[Number] = field(default_factory=list)
    core: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: tuple[str, str] | None = None
    problems: list[Problem] = field(default_factory=list)
    rejected: bool = False

    def add(self, found: Problem) -> None:
        self.problems.append({**found, "at": self.at})
        self.rejected = self.rejected or found["level"] == "error"


Meaning: TypeAlias = tuple[Any, tuple[Problem, ...]]
"""The value of a cell (None: none) and what is to be said about it."""
Reader: TypeAlias = Callable[[str, Row], None]


class RowParser:
    """Built once a slice. `context` is the tenant's: its money, its clock, its country."""

    def __init__(self, mapping: ColumnMapping, *, header: Sequence[str], view: CatalogView, context: Context) -> None:
        self._context = context
        self._mapping = mapping
        self._width = len(header)
        key = next(column for column, target in mapping.columns.items() if target == mapping.identify_by)
        self._no_key = problem("no_key", problems.NO_KEY, target=mapping.identify_by, column=key)
        self._core = core_fields(context.country)
        # The country decides how a telephone number is read, so its column comes first.
        order = sorted(enumerate(header), key=lambda pair: mapping.columns.get(pair[1]) != "country")
        self._readers: list[tuple[int, Reader]] = [
            (place, self._reader(column, mapping.columns[column], view=view))
            for place, column in order
            if column in mapping.columns
        ]

    def __call__(self, raw: RawRow) -> Row:
        row = Row(raw.line, raw.at)
        if raw.fault is not None:
            row.add(problem(raw.fault, problems.FAULTS[raw.fault]))
            return row
        cells = raw.cells
        if len(cells) > self._width and all(is_blank(cell) for cell in cells[self._width :]):
            cells = cells[: self._width]
        if len(cells) != self._width:
            row.add(problem("columns", problems.COLUMNS, found=len(cells), needed=self._width))
            return row
        if not any(cell and not cell.isspace() for cell in cells):
            row.add(problem("blank_row", problems.BLANK_ROW))
            return row
        for place, read in self._readers:
            read(cells[place], row)
        if row.key is None and not row.rejected:
            row.add(self._no_key)
        row.digest = keys.digest("\x1f".join(cells), tenant_id=self._context.tenant_id, purpose="import-row")
        return row

    def _reader(self, column: str, target: str, *, view: CatalogView) -> Reader:
        cells = self._mapping.values.get(column, {})
        if is_identifier(target):
            return self._number_reader(column, target, cells)
        declared = self._core.get(target) or view.fields()[target]
        if target == "phone":
            return self._phone_reader(column, cells)
        return _field_reader(column, target, declared, self._meaning(column, target, declared, cells))

    def _meaning(self, column: str, target: str, declared: Field, cells: Mapping[str, str]) -> Callable[[str], Meaning]:
        own = FieldSet(fields={target: declared}, columns={target: target} if target in self._core else {})
        zone, currency = ZoneInfo(self._context.zone), self._context.currency
        blank = problem("blank_amount", problems.BLANK_AMOUNT, level="warning", target=target, column=column)

        def read(cell: str) -> Meaning:
            if is_blank(cell):
                return None, (blank,) if declared.kind == "money" else ()
            text = _plain(cells, cell)
            values, errors = own.parse({target: text}, partial=True, zone=zone, currency=currency)
            if errors:
                params = dict(errors[0].params)
                return None, (problem(errors[0].code, errors[0].message, target=target, column=column, **params),)
            warned = declared.kind in ("text", "long_text") and declared.validator is None and FORMULA.match(text)
            said = (_formula(target, column),) if warned else ()
            value = values[target]
            return (value if target in self._core else stored(value)), said

        return _remembering(read)

    def _phone_reader(self, column: str, cells: Mapping[str, str]) -> Reader:
        by_region: dict[str, Reader] = {}

        def take(cell: str, row: Row) -> None:
            region = phone_region(row.core.get("country"), context=self._context)
            if region not in by_region:
                phone = core_fields(region)["phone"]
                by_region[region] = _field_reader(column, "phone", phone, self._meaning(column, "phone", phone, cells))
            by_region[region](cell, row)

        return take

    def _number_reader(self, column: str, target: str, cells: Mapping[str, str]) -> Reader:
        scheme, identifies = target.removeprefix(IDENTIFIER), target == self._mapping.identify_by
        tenant_id: UUID = self._context.tenant_id
        masked = sealed_as(scheme)

        def take(cell: str, row: Row) -> None:
            if is_blank(cell):
                return
            text = _plain(cells, cell)
            try:
                clear = canonical(scheme, text)
            except Invalid as wrong:
                row.add(problem("identifier", wrong.message, target=target, column=column, **wrong.params))
                return
            key = equality_key(scheme, clear, tenant_id=tenant_id)
            number = Number(scheme, key, clear, mask(masked, clear) if masked else clear, masked is not None)
            row.numbers.append(number)
            if identifies:
                row.key = number
            if FORMULA.match(text):
                row.add(_formula(target, column))

        return take


def _field_reader(column: str, target: str, declared: Field, meaning: Callable[[str], Meaning]) -> Reader:
    owner, _, key = target.rpartition(".")
    required = declared.required and target not in OPTIONAL

    def take(cell: str, row: Row) -> None:
        value, said = meaning(cell)
        for each in said:
            row.add(each)
        if value is None:
            if required and not said and row.missing is None:
                row.missing = (target, column)
        elif owner:
            row.attributes.setdefault(owner, {})[key] = value
        else:
            row.core[target] = value

    return take


def _remembering(read: Callable[[str], Meaning]) -> Callable[[str], Meaning]:
    known: dict[str, Meaning] = {}

    def look_up(cell: str) -> Meaning:
        if len(cell) > LONGEST_REMEMBERED:
            return read(cell)
        found = known.get(cell)
        if found is None:
            if len(known) >= MEMORY:
                known.clear()
            found = known[cell] = read(cell)
        return found

    return look_up


def _plain(cells: Mapping[str, str], cell: str) -> str:
    """The cell's meaning where the mapping gives one; without the quotation mark our own report puts before a formula."""
    text = cells.get(cell.strip(), cell)
    return text[1:] if QUOTED_FORMULA.match(text) else text


def _formula(target: str, column: str) -> Problem:
    return problem("formula", problems.FORMULA, level="warning", target=target, column=column)


def parsed(rows: Iterator[RawRow], parser: RowParser, *, count: int) -> list[Row]:
    """The next rows, at most `count`."""
    found = []
    for raw in rows:
        found.append(parser(raw))
        if len(found) == count:
            break
    return found
