"""Tell the outcome of rows as CSV that a spreadsheet cannot be made to compute.

A cell that begins like a formula gets a quotation mark before it, which an import takes off again; plain numbers stay.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, literal_column, select
from sqlalchemy.orm import Session

from core.files import service as files
from core.imports.models import ImportRow
from core.imports.problems import Problem
from core.imports.reading import Rows

DANGEROUS = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?[\d.,]*\d%?")
MARK = "\ufeff"
PAGE = 2000

Say = Callable[[Problem], str]
"""A problem in the reader's language."""


def safe(cell: str) -> str:
    """The cell, never a formula."""
    return f"'{cell}" if DANGEROUS.match(cell) and not NUMBER.fullmatch(cell) else cell


def english(problem: Problem) -> str:
    return str(problem["message"] % problem["params"])


def rejected_rows(session: Session, *, run: Row[Any], note: str, say: Say) -> Iterator[str]:
    """The rejected rows as they stand in the file, to correct and upload again; a last column `note` says what is wrong.

    `run` is that of `queries.run_row`.
    """
    yield MARK + _line([*run.header, note], delimiter=run.delimiter)
    path = files.path_of(run.tenant_id, run.file_id)
    offset, line = run.settings["body"]
    with Rows(path, encoding=run.settings["read_as"], delimiter=run.delimiter, offset=offset, line=line) as rows:
        wanted = outcome_rows(session, run_id=run.id, rejected_only=True)
        next_wanted = next(wanted, None)
        for row in rows:
            if next_wanted is None:
                return
            if row.line == next_wanted.line:
                cells = [*row.cells, *[""] * (len(run.header) - len(row.cells))]
                yield _line([*cells, "; ".join(say(each) for each in next_wanted.problems)], delimiter=run.delimiter)
                next_wanted = next(wanted, None)


def problem_rows(session: Session, *, run_id: UUID, say: Say) -> Iterator[str]:
    """One line for each thing to be told: line, outcome, column, code and words."""
    yield MARK + _line(["line", "outcome", "column", "code", "problem"])
    for row in outcome_rows(session, run_id=run_id):
        for each in row.problems:
            yield _line([str(row.line), row.outcome, each["column"] or each["field"], each["code"], say(each)])


def outcome_rows(session: Session, *, run_id: UUID, rejected_only: bool = False) -> Iterator[Any]:
    """Rows of a run with something to be told, in the file's order, read page by page."""
    last = -1
    rejected = ImportRow.outcome == literal_column("'rejected'")  # spelled, so that the index of such rows serves
    chosen = rejected if rejected_only else ImportRow.problems != []
    while True:
        page = session.execute(
            select(ImportRow.line, ImportRow.outcome, ImportRow.problems)
            .where(ImportRow.run_id == run_id, ImportRow.line > last, chosen)
            .order_by(ImportRow.line)
            .limit(PAGE)
        ).all()
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].line


def row_page(session: Session, *, run_id: UUID, after: int, told: bool, limit: int) -> list[Any]:
    """What became of rows from a line on, in the file's order; `told`: only those with something to be told."""
    chosen = [ImportRow.problems != []] if told else []
    return list(
        session.execute(
            select(ImportRow.line, ImportRow.outcome, ImportRow.customer_id, ImportRow.problems)
            .where(ImportRow.run_id == run_id, ImportRow.line > after, *chosen)
            .order_by(ImportRow.line)
            .limit(limit)
        ).all()
    )


def save(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)


def _line(cells: Sequence[str], *, delimiter: str = ",") -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerow([safe(cell) for cell in cells])
    return written.getvalue()
