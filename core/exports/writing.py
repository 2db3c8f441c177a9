"""Files of rows: CSV, XLSX and vCard, written row by row, so that a million rows take no more memory than one.

Nothing a customer is called may become a formula where the file is opened: in CSV a text that a spreadsheet would reckon gets an
apostrophe before it (`safe`, taken off again by `plain`); in XLSX every text is written as text. First and last line of a table
say who took it, when, under which number; so do the file's properties.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from xlsxwriter import Workbook

BYTE_ORDER_MARK = "\ufeff"
"""So that spreadsheets read Chinese as what it is."""
FORMULA = frozenset("=+-@\t\r\n|%")
QUOTE = "'"
SHEET = 1_048_576
"""Rows of a worksheet (ECMA-376 18.3.1.73); what is more goes on the next."""
CELL = 32_767
FOLD = 75
"""Octets of a line of a vCard (RFC 6350 3.2)."""

Row = Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Who took it. `lines` are what the first and the last line say."""

    title: str
    author: str
    text: str
    at: datetime


class Writer(Protocol):
    def head(self, names: Row) -> None: ...
    def row(self, values: Row) -> None: ...
    def close(self) -> None: ...


def safe(value: str) -> str:
    """A text that no spreadsheet takes for a formula, whatever it begins with. Full-width signs count as signs."""
    shown = unicodedata.normalize("NFKC", value.lstrip(" \u00a0\u3000\ufeff\u200b")[:1])
    return QUOTE + value if value.startswith(QUOTE) or shown[:1] in FORMULA or value[:1] in FORMULA else value


def plain(value: str) -> str:
    """What `safe` was given."""
    return value[1:] if value.startswith(QUOTE) else value


class Csv:
    """RFC 4180 with a byte order mark; the mark is a line before the head and one after the last row."""

    def __init__(self, path: Path, mark: Mark) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._file.write(BYTE_ORDER_MARK)
        self._out = csv.writer(self._file)
        self._mark = mark
        self.row([mark.text])

    def head(self, names: Row) -> None:
        self.row(names)

    def row(self, values: Row) -> None:
        self._out.writerow([safe(value) for value in values])

    def close(self) -> None:
        self.row([self._mark.text])
        self._file.close()


class Xlsx:
    """A workbook in constant memory: each row is on the disk before the next begins."""

    def __init__(self, path: Path, mark: Mark) -> None:
        self._book: Any = Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._book.set_properties(
            {"title": mark.title, "author": mark.author, "comments": mark.text, "created": mark.at.replace(tzinfo=None)}
        )
        self._bold = self._book.add_format({"bold": True})
        self._mark = mark
        self._names: list[str] = []
        self._sheet: Any = self._book.add_worksheet()
        self._at = 0
        self.row([mark.text])

    def head(self, names: Row) -> None:
        self._names = list(names)
        self._put(names, self._bold)
        self._sheet.freeze_panes(self._at, 0)

    def row(self, values: Row) -> None:
        if self._at == SHEET:
            self._sheet, self._at = self._book.add_worksheet(), 0
            self._put([self._mark.text], None)
            if self._names:
                self._put(self._names, self._bold)
        self._put(values, None)

    def _put(self, values: Row, style: object) -> None:
        for column, value in enumerate(values):
            if value:
                self._sheet.write_string(self._at, column, value[:CELL], style)
        self._at += 1

    def close(self) -> None:
        self.row([self._mark.text])
        self._book.close()


class VCard:
    """vCard 4.0 (RFC 6350). A row's values are by property: its head names them."""

    def __init__(self, path: Path, mark: Mark) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._mark = mark
        self._names: Row = ()

    def head(self, names: Row) -> None:
        self._names = names

    def row(self, values: Row) -> None:
        held = dict(zip(self._names, values, strict=True))
        lines = ["BEGIN:VCARD", "VERSION:4.0", *_properties(held), f"NOTE:{_escaped(self._mark.text)}", "END:VCARD"]
        self._file.write("".join(piece for line in lines for piece in _folded(line)))

    def close(self) -> None:
        self._file.close()


def _properties(held: Mapping[str, str]) -> Iterator[str]:
    for name, value in held.items():
        if not value and name != "FN":
            continue
        match name:
            case "N":
                yield f"N:{_escaped(value)};;;;"
            case "ADR":
                yield f"ADR:;;{_escaped(value)};;;;"
            case _:
                yield f"{name}:{_escaped(value)}"


def _escaped(text: str) -> str:
    for mark, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(mark, written)
    return "".join(each for each in text if each == "\t" or ord(each) >= 32)


def _folded(line: str) -> Iterator[str]:
    """A character is never cut in two."""
    part = io.StringIO()
    size = 0
    for character in line:
        wide = len(character.encode())
        if size + wide > FOLD:
            yield part.getvalue() + "\r\n "
            part, size = io.StringIO(), 1
        part.write(character)
        size += wide
    yield part.getvalue() + "\r\n"


WRITERS: Mapping[str, Callable[[Path, Mark], Writer]] = {"csv": Csv, "xlsx": Xlsx, "vcard": VCard}
MEDIA = {
    "csv": ("text/csv", "csv"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "vcard": ("text/vcard", "vcf"),
}
