"""An Excel workbook as rows of text: checked for what it might do, then one sheet of it written as CSV.

1. The package is looked at before it is read: macros are refused, and whatever unpacks to more than `MOST_BYTES` (measured by
unpacking, not by what it says of itself). 2. Only stored values are read: no formula is computed, no link followed. 3. A row of
the sheet is a line of the file, so that a report names the row that Excel shows.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from core.errors import N_, Invalid

MOST_BYTES = 512 * 1024 * 1024
MOST_PARTS = 5_000
MOST_SHARE = 400
"""How many times larger than its packed form a part may be, beyond a megabyte."""
PIECE = 1024 * 1024
ROWS_A_PIECE = 500
EXACT = 10**15
"""Beyond it Excel itself has lost digits; such a number is written so that nobody takes it for one that is whole."""

DAMAGED = N_("The workbook is damaged and cannot be read. Open it in Excel, save it anew and upload that.")
MACROS = N_("This workbook holds macros. Save it as “Excel workbook (*.xlsx)”, without macros, and upload that.")
TOO_MUCH = N_("This workbook unpacks to more than %(limit)d MB. Save the sheet as “CSV UTF-8” and upload that.")
NO_SHEET = N_("The workbook has no sheet of that name. It has: %(sheets)s.")


def check(path: Path) -> None:
    """Raises Invalid for macros, a damaged package, and one that unpacks to too much."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            names = [part.filename.lower() for part in parts]
            if any("vbaproject" in name or "macrosheets/" in name or "activex/" in name for name in names):
                raise _refuse(MACROS)
            if len(parts) > MOST_PARTS or _unpacked(package, parts) > MOST_BYTES:
                raise _refuse(TOO_MUCH, limit=MOST_BYTES // 1024**2)
            if b"macroEnabled" in _kinds(package):
                raise _refuse(MACROS)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        raise _refuse(DAMAGED) from None


def _kinds(package: zipfile.ZipFile) -> bytes:
    """What the package says that its parts are. For as many as may be in it a megabyte is plenty."""
    if "[Content_Types].xml" not in package.NameToInfo:
        return b""
    with package.open("[Content_Types].xml") as stream:
        said = stream.read(PIECE + 1)
    if len(said) > PIECE:
        raise _refuse(DAMAGED)
    return said


def _unpacked(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> int:
    """Bytes of all parts, counted no further than the limit. A part that swells beyond measure counts as too much."""
    total = 0
    for part in parts:
        if part.file_size > PIECE and part.file_size > MOST_SHARE * max(1, part.compress_size):
            return MOST_BYTES + 1
        with package.open(part) as stream:
            while piece := stream.read(PIECE):
                total += len(piece)
                if total > MOST_BYTES:
                    return total
    return total


def sheets(path: Path) -> list[str]:
    """The names of the sheets with cells, in their order."""
    with _opened(path) as book:
        return [each.name for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]


def as_csv(path: Path, *, sheet: str) -> Iterator[bytes]:
    """The cells of a sheet as text. An empty row is an empty line. Raises Invalid."""
    with _opened(path) as book:
        if sheet not in book.sheet_names:
            raise _refuse(NO_SHEET, sheets=", ".join(book.sheet_names))
        try:
            found = book.get_sheet_by_name(sheet)
            rows = found.iter_rows()
        except (CalamineError, OSError, ValueError):
            raise _refuse(DAMAGED) from None
        yield b"\n" * (found.start[0] if found.start else 0)
        yield from _lines(rows)


def _lines(rows: Any) -> Iterator[bytes]:
    held, write = io.StringIO(), None
    for number, row in enumerate(rows, start=1):
        write = write or csv.writer(held, lineterminator="\n")
        cells = [_text(cell) for cell in row]
        if any(cells):
            write.writerow(cells)
        else:
            held.write("\n")
        if number % ROWS_A_PIECE == 0:
            yield held.getvalue().encode("utf-8", errors="replace")
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode("utf-8", errors="replace")


def _text(cell: Any) -> str:
    """As somebody would have typed it."""
    if isinstance(cell, str):
        return " ".join(cell.splitlines()) if "\n" in cell or "\r" in cell else cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        if abs(cell) >= EXACT:
            return f"{cell:.14E}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else ""


def _opened(path: Path) -> Any:
    try:
        return CalamineWorkbook.from_path(path)
    except (CalamineError, OSError, ValueError):
        raise _refuse(DAMAGED) from None


def _refuse(message: str, **params: Any) -> Invalid:
    return Invalid(message, field="file", **params)
