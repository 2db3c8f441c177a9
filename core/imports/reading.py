"""Rows of a file from any place on, one at a time, each with the line and the byte it begins at.

The place after a row is where the next slice begins, so nothing is read twice and the file is never in memory. What is
no row (a quotation mark that is not closed, a line without end) is told as such, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

LONGEST_LINE = 1024 * 1024
MOST_LINES = 200
"""Of one row, whose cells may hold line breaks."""

Fault = Literal["quotes", "long_line", "long_cell", "nul", "unreadable"]


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it stands in the file. With a `fault` its cells are not to be used."""

    line: int
    at: int
    cells: list[str]
    fault: Fault | None = None


class _NotALine(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class Rows(Iterator[RawRow]):
    """Rows from `offset` on; `line` is the number of the line there. Empty lines are passed over."""

    def __init__(self, path: Path, *, encoding: str, delimiter: str, offset: int, line: int) -> None:
        self.offset = offset
        self.line = line
        self._encoding = encoding.removesuffix("-sig")
        self._file = path.open("rb")
        self._file.seek(offset)
        self._lines = 0
        self._first = offset
        self._fault: Fault | None = None
        self._csv = csv.reader(_Lines(self), delimiter=delimiter, strict=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def __next__(self) -> RawRow:
        while True:
            at, line = self.offset, self.line
            self._lines, self._fault = 0, None
            try:
                cells = next(self._csv)
            except csv.Error as error:
                return self._skip(at, line, "long_cell" if "limit" in str(error) else "quotes")
            except _NotALine as wrong:
                return self._skip(at, line, wrong.fault)
            self.offset, self.line = self._file.tell(), line + self._lines
            if cells:
                return RawRow(line, at, cells, self._fault)

    def _skip(self, at: int, line: int, fault: Fault) -> RawRow:
        """Go on with the line after the first of what is no row."""
        self._file.seek(self._first)
        self.offset, self.line = self._first, line + 1
        return RawRow(line, at, [], fault)

    def _next_line(self) -> str:
        raw = self._file.readline(LONGEST_LINE + 1)
        if not raw:
            raise StopIteration
        self._lines += 1
        long = len(raw) > LONGEST_LINE
        while long and raw and not raw.endswith(b"\n"):
            raw = self._file.readline(LONGEST_LINE)
        if self._lines == 1:
            self._first = self._file.tell()
        if long:
            raise _NotALine("long_line")
        if self._lines > MOST_LINES:
            raise _NotALine("quotes")
        if b"\0" in raw:
            self._fault = "nul"
        try:
            return raw.decode(self._encoding)
        except UnicodeDecodeError:
            raise _NotALine("unreadable") from None


class _Lines(Iterator[str]):
    """What `csv.reader` pulls: exactly the lines of the row it is reading. May go on after an exception."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __next__(self) -> str:
        return self._rows._next_line()
