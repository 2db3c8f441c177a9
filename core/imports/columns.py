"""The row parser, compiled from a mapping and the fields behind it: cells in, typed values and problems out.

Cells repeat from row to row, so each column remembers what a cell meant; what does not repeat is read by a compiled reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from core.audit import keys
from core.context import Context
from core.customers.fields import core_fields
from core.customers.identifiers import canonical, equality_key, sealed_as
from core.customers.service import phone_region
from core.errors import Invalid
from core.fields import stored
from core.fields.masks import mask
from core.fields.readers import is_blank
from core.imports import problems, targets
from core.imports.compiled import compile_cell
from core.imports.further import GIVEN_AT_FIELD, Further, point
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
TRIAL = 2_000
"""After as many cells it is known whether a column repeats itself."""
FORMULA = re.compile(r"\s*[=@]|[+\-\t\r](?![\d.,\s()-]*%?$)")
QUOTED_FORMULA = re.compile(r"'(?=[=+\-@\t\r])")
HARMLESS = re.compile(r"[^\s=@+\-\t\r']")
"""How a cell begins that is neither a formula nor a quoted one."""
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
    customer would need. In `core` and `attributes` None stands for a blank cell that clears."""

    line: int
    at: int
    digest: str = ""
    key: Number | None = None
    numbers: list[Number] = field(default_factory=list)
    core: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    further: Further | None = None
    missing: tuple[str, str] | None = None
    problems: list[Problem] = field(default_factory=list)
    rejected: bool = False

    def add(self, found: Problem) -> None:
        self.problems.append({**found, "at": self.at})
        self.rejected = self.rejected or found["level"] == "error"

    @property
    def more(self) -> Further:
        self.further = self.further or Further()
        return self.further


Meaning: TypeAlias = tuple[Any, tuple[Problem, ...]]
"""The value of a cell (None: none) and what is to be said about it."""
Reader: TypeAlias = Callable[[str, Row], None]


class RowParser:
    """Built once a slice. `context` is the tenant's: its money, its clock, its country. `clears`: what a blank cell does."""

    def __init__(
        self,
        mapping: ColumnMapping,
        *,
        header: Sequence[str],
        view: CatalogView,
        context: Context,
        clears: bool = False,
    ) -> None:
        self._context = context
        self._mapping = mapping
        self._clears = clears
        self._width = len(header)
        key = next(column for column, target in mapping.columns.items() if target == mapping.identify_by)
        self._no_key = problem("no_key", problems.NO_KEY, target=mapping.identify_by, column=key)
        self._core = core_fields(context.country)
        self._hmac = keys.digester(tenant_id=context.tenant_id, purpose="import-row")
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
        joined = "\x1f".join(cells)
        if not joined.strip("\x1f") or not any(cell and not cell.isspace() for cell in cells):
            row.add(problem("blank_row", problems.BLANK_ROW))
            return row
        for place, read in self._readers:
            read(cells[place], row)
        if row.key is None and not row.rejected:
            row.add(self._no_key)
        row.digest = self._hmac(joined)
        return row

    def _reader(self, column: str, target: str, *, view: CatalogView) -> Reader:
        cells = self._mapping.values.get(column, {})
        if is_identifier(target):
            return self._number_reader(column, target, cells)
        if target == targets.NUMBER:
            return self._own_number_reader(column)
        if target.startswith(targets.POINT):
            return self._point_reader(column, target, cells)
        if target in targets.FURTHER:
            return self._consent_reader(column, target, cells)
        declared = self._core.get(target) or view.fields()[target]
        if target == "phone":
            return self._phone_reader(column, cells)
        reader = self._field_reader(column, target, declared, self._meaning(column, target, declared, cells))
        return self._naming(reader) if target == "email" == self._mapping.identify_by else reader

    def _meaning(self, column: str, target: str, declared: Field, cells: Mapping[str, str]) -> Callable[[str], Meaning]:
        read_cell = compile_cell(target, declared, zone=ZoneInfo(self._context.zone), currency=self._context.currency)
        blank = (problem("blank_amount", problems.BLANK_AMOUNT, level="warning", target=target, column=column),)
        of_blank: Meaning = (None, blank if declared.kind == "money" and not self._clears else ())
        warned = (_formula(target, column),)
        looks = declared.kind in ("text", "long_text") and declared.validator is None
        plain = target in self._core or declared.kind in ("text", "long_text", "choice", "integer", "money", "boolean")

        def read(cell: str) -> Meaning:
            text = cell if not cells and HARMLESS.match(cell) else _plain(cells, cell)
            value, error = read_cell(text)
            if error is not None:
                params = dict(error.params)
                return None, (problem(error.code, error.message, target=target, column=column, **params),)
            if value is None:
                return of_blank
            said = warned if looks and FORMULA.match(text) else ()
            return (value if plain else stored(value)), said

        return _remembering(read)

    def _phone_reader(self, column: str, cells: Mapping[str, str]) -> Reader:
        by_region: dict[str, Reader] = {}

        def take(cell: str, row: Row) -> None:
            region = phone_region(row.core.get("country"), context=self._context)
            if region not in by_region:
                phone = core_fields(region)["phone"]
                meaning = self._meaning(column, "phone", phone, cells)
                by_region[region] = self._field_reader(column, "phone", phone, meaning)
            by_region[region](cell, row)

        return self._naming(take, target="phone") if self._mapping.identify_by == "phone" else take

    def _naming(self, reader: Reader, *, target: str = "email") -> Reader:
        """A telephone number or e-mail address that says which customer the row is about."""

        def take(cell: str, row: Row) -> None:
            reader(cell, row)
            value = row.core.get(target)
            if value is not None:
                row.key = Number("", value, value, value, False)

        return take

    def _own_number_reader(self, column: str) -> Reader:
        def take(cell: str, row: Row) -> None:
            text = cell.strip().removeprefix("#")
            if not text:
                return
            if text.isascii() and text.isdigit() and len(text) <= 18:
                number = str(int(text))
                if self._mapping.identify_by == targets.NUMBER:
                    row.key = Number("", number, number, number, False)
                return
            row.add(problem("not_a_number", problems.NOT_A_NUMBER, target=targets.NUMBER, column=column))

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

    def _point_reader(self, column: str, target: str, cells: Mapping[str, str]) -> Reader:
        """A further number or address. Telephone numbers are read as of the row's country."""
        kind = target.split(":")[1]

        def take(cell: str, row: Row) -> None:
            if is_blank(cell):
                return
            region = phone_region(row.core.get("country"), context=self._context)
            try:
                row.more.points.append((kind, *point(kind, _plain(cells, cell), region=region)))
            except Invalid as wrong:
                row.add(problem("point", wrong.message, target=target, column=column, **wrong.params))

        return take

    def _consent_reader(self, column: str, target: str, cells: Mapping[str, str]) -> Reader:
        moment = compile_cell(
            target, GIVEN_AT_FIELD, zone=ZoneInfo(self._context.zone), currency=self._context.currency
        )

        def take(cell: str, row: Row) -> None:
            if is_blank(cell):
                return
            text = _plain(cells, cell).strip()
            if target == targets.EVIDENCE:
                row.more.evidence = text[:500]
            elif target == targets.GIVEN_AT:
                value, error = moment(text)
                if error is not None or value > datetime.now(UTC):
                    message = error.message if error is not None else problems.NOT_YET
                    row.add(problem("given_at", message, target=target, column=column))
                row.more.given_at = value
            elif not row.more.say(target, text):
                row.add(problem("not_a_consent", problems.NOT_A_CONSENT, target=target, column=column))

        return take

    def _field_reader(self, column: str, target: str, declared: Field, meaning: Callable[[str], Meaning]) -> Reader:
        owner, _, key = target.rpartition(".")
        required = declared.required and target not in OPTIONAL
        clears = self._clears and not declared.required

        def take(cell: str, row: Row) -> None:
            value, said = meaning(cell)
            for each in said:
                row.add(each)
            if value is None and not clears:
                if required and not said and row.missing is None:
                    row.missing = (target, column)
            elif owner:
                row.attributes.setdefault(owner, {})[key] = value
            else:
                row.core[target] = value

        return take


def _remembering(read: Callable[[str], Meaning]) -> Callable[[str], Meaning]:
    """What a cell meant, from memory. A column whose cells hardly repeat stops remembering."""
    known: dict[str, Meaning] = {}
    asked = 0
    repeats = True

    def look_up(cell: str) -> Meaning:
        nonlocal asked, repeats
        if not repeats or len(cell) > LONGEST_REMEMBERED:
            return read(cell)
        asked += 1
        found = known.get(cell)
        if found is None:
            if len(known) >= MEMORY:
                known.clear()
            found = known[cell] = read(cell)
            if asked == TRIAL and len(known) > TRIAL * 0.9:
                repeats = False
                known.clear()
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
