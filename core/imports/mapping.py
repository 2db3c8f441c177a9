"""Which column goes where: from a vertical's importer, a file, the page, or found by the columns' names.

A mapping is checked against the file's header and against what the tenant has enabled before a row is read.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from core.errors import N_, Invalid
from core.imports.targets import (
    EXTERNAL,
    FINDING,
    NUMBER,
    canonical_target,
    exists,
    guess,
    is_identifier,
    names_customer,
)
from core.plugin.catalog import CatalogView
from core.plugin.importing import Importer

KEYS = {"columns", "values", "identify_by"}


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """`columns` maps a column's name to its target, `values` a cell to what it means; `importer` is where they come from."""

    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    identify_by: str = EXTERNAL
    importer: str | None = None

    def stored(self) -> dict[str, Any]:
        return {
            "columns": dict(self.columns),
            "values": {column: dict(cells) for column, cells in self.values.items()},
            "identify_by": self.identify_by,
            "importer": self.importer,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> ColumnMapping:
        return cls(**stored)


def from_importer(key: str, importer: Importer) -> ColumnMapping:
    return ColumnMapping(
        columns={column: canonical_target(target) for column, target in importer.columns.items()},
        values={column: {cell: str(text) for cell, text in cells.items()} for column, cells in importer.values.items()},
        identify_by=canonical_target(importer.identify_by),
        importer=key,
    )


def named(view: CatalogView, key: str) -> ColumnMapping:
    """The importer of an enabled vertical. Raises Invalid naming those there are."""
    importer = view.importers.get(key)
    if importer is None:
        known = ", ".join(view.importers) or "–"
        raise Invalid(N_("There is no mapping %(key)s. There are: %(known)s."), field="mapping", key=key, known=known)
    return from_importer(key, importer)


def read(text: str, *, toml: bool) -> ColumnMapping:
    """A mapping written as JSON or TOML: `identify_by`, `columns` and, where cells need it, `values`. Raises Invalid."""
    try:
        raw = tomllib.loads(text) if toml else json.loads(text)
    except ValueError as error:
        raise Invalid(N_("The mapping cannot be read: %(reason)s."), field="mapping", reason=str(error)) from None
    if not isinstance(raw, dict) or not _texts(raw.get("columns")) or set(raw) - KEYS:
        raise Invalid(
            N_("A mapping has columns (name to target) and may have values and identify_by, nothing else."),
            field="mapping",
        )
    values = raw.get("values", {})
    if not isinstance(values, dict) or not all(_texts(cells) for cells in values.values()):
        raise Invalid(N_("The values of a mapping are texts by cell, for each column."), field="mapping")
    return ColumnMapping(
        columns={column: canonical_target(target) for column, target in raw["columns"].items()},
        values=values,
        identify_by=canonical_target(str(raw.get("identify_by", EXTERNAL))),
    )


def suggested(view: CatalogView, header: Sequence[str]) -> ColumnMapping:
    """The importer whose columns are all here (the one with the most), else what the columns' names say."""
    fitting = [
        (len(importer.columns), key) for key, importer in view.importers.items() if set(importer.columns) <= set(header)
    ]
    if fitting:
        key = max(fitting)[1]
        return from_importer(key, view.importers[key])
    columns = guess(view, header)
    numbers = [target for target in columns.values() if is_identifier(target)]
    others = [target for target in (NUMBER, *FINDING) if target in columns.values()]
    return ColumnMapping(columns=columns, identify_by=next(iter([*numbers, *others]), EXTERNAL))


def chosen(
    before: ColumnMapping, *, header: Sequence[str], targets: Sequence[str], identify_by: str | None,
    names_row: Callable[[str], bool] = names_customer,
) -> ColumnMapping:  # fmt: skip
    """The mapping as edited on the page: one target (or none) for each column. Cells keep their meaning where the target stays."""
    columns = {column: target for column, target in zip(header, targets, strict=False) if target}
    kept = {
        column: cells for column, cells in before.values.items() if columns.get(column) == before.columns.get(column)
    }
    numbers = [target for target in columns.values() if names_row(target)]
    key = identify_by if identify_by in numbers else (numbers[0] if numbers else EXTERNAL)
    same = columns == dict(before.columns)
    return ColumnMapping(columns=columns, values=kept, identify_by=key, importer=before.importer if same else None)


def check_columns(mapping: ColumnMapping, *, header: Sequence[str], exists: Callable[[str], bool]) -> None:
    """Raises Invalid where the file lacks a column, or a target does not exist or is named twice."""
    absent = [column for column in mapping.columns if column not in header]
    if absent:
        raise Invalid(
            N_("The header lacks %(columns)s. It has: %(header)s."),
            field="mapping",
            columns=", ".join(absent),
            header=", ".join(header),
        )
    unknown = [target for target in mapping.columns.values() if not exists(target)]
    if unknown:
        raise Invalid(
            N_("There is no field %(fields)s; is its vertical switched on?"), field="mapping", fields=", ".join(unknown)
        )
    targets = list(mapping.columns.values())
    twice = sorted({target for target in targets if targets.count(target) > 1})
    if twice:
        raise Invalid(N_("Two columns go to the same field: %(fields)s."), field="mapping", fields=", ".join(twice))


def check(mapping: ColumnMapping, *, header: Sequence[str], view: CatalogView) -> None:
    """The same for customers; also raises Invalid where no row could be identified."""
    check_columns(mapping, header=header, exists=partial(exists, view))
    if mapping.identify_by not in mapping.columns.values() or not names_customer(mapping.identify_by):
        raise Invalid(
            N_(
                "Choose the column that says which customer a row is about: a number, telephone or e-mail address of just one."
            ),
            field="mapping",
        )


def _texts(raw: Any) -> bool:
    return isinstance(raw, dict) and all(isinstance(each, str) for pair in raw.items() for each in pair)
