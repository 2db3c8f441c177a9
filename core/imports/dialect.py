"""How a file is written: its encoding, its delimiter and its header, found and never guessed past doubt.

1. Its first bytes say whether it is text at all. 2. The whole of it must decode as UTF-8 (with or without a mark),
as UTF-16 with a mark, or as GB18030 that reads like Chinese; else the refusal names the line and what it looks like.
3. The delimiter is the one that cuts the first rows into the same number of columns. 4. A header names each column once.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from core.errors import N_, Invalid
from core.files.sniff import Kind, kind_of
from core.imports.reading import LONGEST_LINE, Rows

HEAD = 64 * 1024
PIECE = 1024 * 1024
SAMPLE_ROWS = 20
DELIMITERS = ",\t;|"
MOST_COLUMNS = 400
LONGEST_NAME = 200
UTF8_MARK = codecs.BOM_UTF8
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ENCODING_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "utf-16": "UTF-16", "gb18030": "GB18030"}

NOT_TEXT: dict[Kind, str] = {
    "workbook": N_("This is an Excel workbook. Save it as “CSV UTF-8” and upload that."),
    "pdf": N_("This is a PDF, not a table. Export the table as CSV."),
    "image": N_("This is a picture, not a table. Export the table as CSV."),
    "archive": N_("This is a packed file. Unpack it and upload the CSV inside."),
    "binary": N_("This is not a text file, so it cannot be read as a table."),
}
EMPTY = N_("The file is empty.")


@dataclass(frozen=True)
class Dialect:
    """`offset` and `line` are where the first row below the header begins. `plain`: can be read in slices as it lies."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    offset: int
    line: int

    @property
    def shown(self) -> str:
        return ENCODING_NAMES[self.encoding]


def refuse(message: str, **params: Any) -> Invalid:
    return Invalid(message, field="file", **params)


def encoding_of(path: Path) -> str:
    """`utf-8`, `utf-8-sig`, `utf-16` or `gb18030`. Raises Invalid for an empty file, one that is no text, any other."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip(b"\0 \t\r\n" + UTF8_MARK):
        raise refuse(EMPTY)
    kind = kind_of(head)
    if kind != "text":
        raise refuse(NOT_TEXT[kind])
    if head.startswith(UTF16_MARKS):
        fault = _first_fault(path, "utf-16")
        if fault is None:
            return "utf-16"
        raise refuse(N_("The file says it is UTF-16 but cannot be read as such from byte %(at)d on."), at=fault)
    fault = _first_fault(path, "utf-8")
    if fault is None:
        return "utf-8-sig" if head.startswith(UTF8_MARK) else "utf-8"
    if _first_fault(path, "gb18030") is None and _reads_like_chinese(_around(path, fault)):
        return "gb18030"
    raise refuse(
        N_(
            "The file is neither UTF-8 nor GB18030: line %(line)d cannot be read. It looks like %(guess)s. "
            "Save it as “CSV UTF-8” and upload it again."
        ),
        line=_line_of(path, fault),
        guess=_guess(_around(path, fault)),
    )


def must_be_rewritten(path: Path, encoding: str) -> bool:
    """Whether rows cannot be found by their bytes: UTF-16, and files whose lines end with a bare carriage return."""
    if encoding == "utf-16":
        return True
    with path.open("rb") as file:
        head = file.read(HEAD)
    return b"\r" in head and b"\n" not in head


def as_utf8(path: Path, encoding: str) -> Iterator[bytes]:
    """The text in UTF-8 with a line feed after each line."""
    with path.open("r", encoding=encoding, newline=None) as file:
        while piece := file.read(PIECE):
            yield piece.encode("utf-8", errors="replace")


def examine(path: Path, *, encoding: str) -> Dialect:
    """Delimiter and header. Raises Invalid where there is no header that names each column once, or nothing below it."""
    start = len(UTF8_MARK) if encoding == "utf-8-sig" else 0
    with path.open("rb") as file:
        file.seek(start)
        first = file.readline(LONGEST_LINE + 1)
        if len(first) > LONGEST_LINE:
            raise refuse(N_("The first line is longer than 1 MB, so it is no header."))
        told = _told_delimiter(first)
        line = 1
        if told:
            start, line = file.tell(), 2
        while told is None and not first.strip() and first:  # leading empty lines
            start, line = file.tell(), line + 1
            first = file.readline(LONGEST_LINE + 1)
    delimiter = told or _delimiter(path, encoding=encoding, start=start, line=line)
    with Rows(path, encoding=encoding, delimiter=delimiter, offset=start, line=line) as rows:
        head = next(rows, None)
        if head is None:
            raise refuse(EMPTY)
        if head.fault is not None:
            raise refuse(N_("The header cannot be read: a quotation mark in it is not closed."))
        header = _header(head.cells)
        offset, below = rows.offset, rows.line
        if next(rows, None) is None:
            raise refuse(N_("The file has a header and no rows below it."))
    return Dialect(encoding, delimiter, header, offset, below)


def _header(cells: list[str]) -> tuple[str, ...]:
    names = tuple(cell.replace("\ufeff", "").strip() for cell in cells)
    blank = [str(place) for place, name in enumerate(names, start=1) if not name]
    if blank:
        raise refuse(
            N_("The header does not name every column: column %(places)s is blank."), places=", ".join(blank[:10])
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise refuse(N_("The header names a column twice: %(names)s."), names=", ".join(twice[:10]))
    if len(names) > MOST_COLUMNS or any(len(name) > LONGEST_NAME for name in names):
        raise refuse(
            N_(
                "The first line does not look like a header: it has %(columns)d columns, names of up to %(length)d characters."
            ),
            columns=len(names),
            length=max(map(len, names)),
        )
    return names


def _told_delimiter(first: bytes) -> str | None:
    """Excel's own first line, `sep=;`."""
    text = first.strip().removeprefix(UTF8_MARK)
    return chr(text[4]) if len(text) == 5 and text[:4].lower() == b"sep=" else None


def _delimiter(path: Path, *, encoding: str, start: int, line: int) -> str:
    """The delimiter that cuts most of the first rows like the header, into the most columns. One column: a comma."""

    def score(delimiter: str) -> tuple[float, int]:
        with Rows(path, encoding=encoding, delimiter=delimiter, offset=start, line=line) as rows:
            widths = [len(row.cells) for row in islice(rows, SAMPLE_ROWS) if row.fault is None]
        if not widths or widths[0] < 2:
            return (0.0, 0)
        return (sum(width == widths[0] for width in widths) / len(widths), widths[0])

    best = max(DELIMITERS, key=score)
    return best if score(best) > (0.0, 0) else ","


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _first_fault(path: Path, encoding: str) -> int | None:
    """The place of the first byte that is not of this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    read = 0
    try:
        for piece in _pieces(path):
            decoder.decode(piece)
            read += len(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        # `error.object` begins with what the decoder kept of the piece before.
        return max(0, read + error.start - (len(error.object) - min(len(error.object), PIECE)))
    return None


def _around(path: Path, fault: int) -> bytes:
    """Text to judge by, from the start of a line near the fault on."""
    with path.open("rb") as file:
        file.seek(max(0, fault - HEAD))
        sample = file.read(2 * HEAD)
    return sample if fault <= HEAD else sample.partition(b"\n")[2]


def _line_of(path: Path, place: int) -> int:
    count, read = 1, 0
    for piece in _pieces(path):
        count += piece[: max(0, place - read)].count(b"\n")
        read += len(piece)
        if read >= place:
            break
    return count


def _reads_like_chinese(sample: bytes) -> bool:
    """Most characters beyond ASCII are of the 3,755 everyday ones (GB 2312 level 1) or Chinese marks.

    Other encodings often pass as GB18030 byte by byte, but then read as rare characters.
    """
    beyond = [char for char in sample.decode("gb18030", errors="ignore") if char > "\x7f"]
    common = sum(_everyday(char) for char in beyond)
    return bool(beyond) and common >= 0.6 * len(beyond)


def _everyday(char: str) -> bool:
    code = char.encode("gb2312", errors="ignore")
    return len(code) == 2 and (0xB0 <= code[0] <= 0xD7 or code[0] in (0xA1, 0xA3))


_GUESSES = (
    ("shift_jis", "Shift JIS", "\u3040", "\u30ff", 0.2, False),
    ("cp1251", "Windows-1251", "\u0400", "\u04ff", 0.8, False),
    ("big5", "Big5", "\u4e00", "\u9fff", 0.7, False),
    ("cp1252", "Windows-1252", "\u00c0", "\u00ff", 0.5, True),
)
"""Codec, name, the range of its own letters, their least share of what is beyond ASCII, whether they are accents."""


def _accents(text: str) -> bool:
    """Whether letters beyond ASCII mostly stand alone among plain ones, as accented letters do."""
    runs = re.findall(r"[^\x00-\x7f]+", text)
    return sum(len(run) == 1 for run in runs) > len(runs) / 2


def _guess(sample: bytes) -> str:
    """The name of the likeliest other encoding: one whose own letters make up most of what is beyond ASCII."""
    for encoding, name, low, high, share, accents in _GUESSES:
        text = sample.decode(encoding, errors="replace")
        beyond = [char for char in text if char > "\x7f"]
        own = sum(low <= char <= high for char in beyond)
        if beyond and "\ufffd" not in text and own >= share * len(beyond) and (accents or not _accents(text)):
            return name
    return "ISO 8859"
