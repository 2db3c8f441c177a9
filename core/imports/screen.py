"""What the page of one import shows, computed once from its row: step, columns, progress, problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from core.context import Context
from core.errors import NotFound
from core.fields.masks import mask
from core.files import service as files
from core.imports import targets
from core.imports.contents import Content, Customers, content_of
from core.imports.dialect import ENCODING_NAMES
from core.imports.mapping import ColumnMapping
from core.imports.queries import ProblemGroup, problem_groups
from core.imports.reading import Rows
from core.imports.service import counted
from core.plugin.catalog import CatalogView
from core.plugin.types import Label

PREVIEW = 5
"""Rows that are shown as they will be read."""
EXAMPLE = 40
"""Characters of a cell that are shown."""
PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the file. `sample` is masked where its field is; `errors` and `warnings` count rows."""

    name: str
    target: str
    label: Label | None
    sample: str
    errors: int
    warnings: int


@dataclass(frozen=True, kw_only=True)
class Example:
    group: ProblemGroup
    cell: str


def _content(view: CatalogView, row: Row[Any]) -> Content:
    """What the rows are. Of a type that is gone meanwhile, only what was kept is shown."""
    try:
        return content_of(view, row.settings)
    except NotFound:
        return Customers(view=view)


class Screen:
    """`row` is that of `queries.run_row`. `mapping` may be what somebody just tried to choose."""

    def __init__(
        self,
        session: Session,
        *,
        context: Context,
        view: CatalogView,
        row: Row[Any],
        mapping: ColumnMapping | None = None,
    ) -> None:
        self.row = row
        self.mapping = mapping or ColumnMapping.of(row.mapping)
        self.phase: str = row.settings["phase"]
        self.existing: str = row.settings["existing"]
        self.blank: str = row.settings.get("blank", "keep")
        self.format: str = row.settings.get("format", "csv")
        self.sheets: list[str] = row.settings.get("sheets", [])
        self.remembered: bool = row.settings.get("remembered", False)
        self.encodings = list(ENCODING_NAMES.items())
        self.counts = counted(row.counts)
        self._view = view
        self._content = _content(view, row)
        found = problem_groups(session, context=context, run_id=row.id) if self.counts["rows"] else []
        self.groups = [replace(group, column=group.column or self._column_of(group.field)) for group in found]

    @property
    def records(self) -> Label | None:
        """What the rows are, where they are not customers."""
        kind: str | None = self.row.settings.get("type")
        return self._content.label or ({"zh-CN": kind, "en": kind} if kind else None)

    @property
    def running(self) -> bool:
        return bool(self.row.state == "running")

    @property
    def waiting(self) -> bool:
        """A person decides what comes next."""
        return bool(self.row.state == "waiting")

    @property
    def step(self) -> int:
        if self.row.state == "done":
            return 5
        return {"draft": 2, "checking": 3, "checked": 3, "importing": 4}[self.phase]

    @property
    def encoding(self) -> str:
        return ENCODING_NAMES[self.row.encoding]

    @property
    def share(self) -> float:
        """How much of what lies below the header has been read."""
        first = self.row.settings["body"][0]
        return float(min(1.0, (self.row.cursor - first) / max(1, self.row.total - first)))

    @property
    def unattended(self) -> bool:
        """Nothing has been done for a while: no worker runs, or all are busy."""
        began = self.row.started_at
        return bool(self.running and not self.counts["rows"] and began and datetime.now(UTC) - began > PATIENCE)

    @property
    def seconds_left(self) -> int | None:
        """By the pace so far; None before there is one."""
        if not self.running or self.share <= 0.02 or self.row.started_at is None:
            return None
        spent: float = (datetime.now(UTC) - self.row.started_at).total_seconds()
        return max(1, int(spent / self.share * (1 - self.share)))

    @property
    def importable(self) -> int:
        return int(self.counts["rows"] - self.counts["rejected"])

    @cached_property
    def columns(self) -> list[Column]:
        first = self._first_row()
        said = self._said_by_column()
        return [self._column(name, cell, said.get(name, {})) for name, cell in zip(self.row.header, first, strict=True)]

    @cached_property
    def preview(self) -> list[list[str]]:
        """The first rows below the header, cell by cell, masked where their field is."""
        marks = [self.mapping.columns.get(name, "") for name in self.row.header]
        return [
            [self._shown(target, cell) for target, cell in zip(marks, cells, strict=False)]
            for cells in self._cells_from(*self.row.settings["body"], count=PREVIEW)
        ]

    @property
    def unmapped(self) -> int:
        return sum(not column.target for column in self.columns)

    @cached_property
    def numbers(self) -> list[tuple[str, Label]]:
        """The numbers among the targets that can say which one a row is about."""
        chosen = (target for target in self.mapping.columns.values() if self._content.names_row(target))
        return [(target, self._content.label_of(target)) for target in chosen]

    @cached_property
    def target_groups(self) -> list[targets.TargetGroup]:
        groups = self._content.groups()
        offered = {target.key for group in groups for target in group.targets}
        others = [target for target in self.mapping.columns.values() if target not in offered]
        if others:
            extra = [targets.Target(key=key, label=self._content.label_of(key)) for key in others]
            groups.append(targets.TargetGroup(label={"zh-CN": "其他", "en": "Other"}, targets=extra))
        return groups

    @property
    def importer(self) -> Label | None:
        found = self._view.importers.get(self.mapping.importer or "")
        return found.label if found else None

    @property
    def errors(self) -> list[Example]:
        return [self._example(group) for group in self.groups if group.level == "error"]

    @property
    def warnings(self) -> list[Example]:
        return [self._example(group) for group in self.groups if group.level == "warning"]

    def _column(self, name: str, cell: str, said: Mapping[str, int]) -> Column:
        target = self.mapping.columns.get(name, "")
        return Column(
            name=name,
            target=target,
            label=self._content.label_of(target) if target else None,
            sample=self._shown(target, cell),
            errors=said.get("error", 0),
            warnings=said.get("warning", 0),
        )

    def _column_of(self, target: str) -> str:
        return next((column for column, mapped in self.mapping.columns.items() if mapped == target), "")

    def _shown(self, target: str, cell: str) -> str:
        kind = self._content.mask_of(target)
        text = cell.strip()
        return mask(kind, text) if kind and text else text[:EXAMPLE]

    def _said_by_column(self) -> dict[str, dict[str, int]]:
        said: dict[str, dict[str, int]] = {}
        for group in self.groups:
            level = said.setdefault(group.column, {})
            level[group.level] = level.get(group.level, 0) + group.rows
        return said

    def _first_row(self) -> Sequence[str]:
        width = len(self.row.header)
        cells = self._cells_at(*self.row.settings["body"])
        return [*cells[:width], *[""] * (width - len(cells))]

    def _example(self, group: ProblemGroup) -> Example:
        cells = self._cells_at(group.at, group.line) if group.column in self.row.header else []
        place = self.row.header.index(group.column) if cells else 0
        cell = cells[place] if place < len(cells) else ""
        return Example(group=group, cell=cell[:EXAMPLE] + ("…" if len(cell) > EXAMPLE else ""))

    def _cells_at(self, offset: int, line: int) -> list[str]:
        return next(iter(self._cells_from(offset, line, count=1)), [])

    def _cells_from(self, offset: int, line: int, *, count: int) -> list[list[str]]:
        path = files.path_of(self.row.tenant_id, self.row.file_id)
        if not path.exists():
            return []
        read_as = self.row.settings["read_as"]
        with Rows(path, encoding=read_as, delimiter=self.row.delimiter, offset=offset, line=line) as rows:
            return [row.cells for row in islice(rows, count)]
