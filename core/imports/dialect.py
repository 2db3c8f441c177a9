"""How a file is written: its encoding, its delimiter and its header, found and never guessed past doubt.

1. Its first bytes say whether it is text at all. 2. The whole of it must decode as UTF-8 (with or without a mark), as UTF-16, or as
GB18030 or Big5 that reads like Chinese; else the refusal names the line and what it looks like, and a person may say what it is.
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
ENCODING_NAMES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "utf-16": "UTF-16", "utf-16-le": "UTF-16 LE", "utf-16-be": "UTF-16 BE",
    "gb18030": "GB18030", "cp950": "Big5", "shift_jis": "Shift JIS", "cp949": "EUC-KR", "cp1252": "Windows-1252",
    "cp1251": "Windows-1251",
}  # fmt: skip
"""What a file can be read as; the last ones only where somebody says so."""
SCORED = (("gb18030", "gb2312", 0xB0, 0xD7), ("cp950", "big5", 0xA4, 0xC6))
"""Encodings of Chinese that are told apart by their everyday characters: codec, table, and the first bytes of those."""

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
    """One of `ENCODING_NAMES`. Raises Invalid for an empty file, one that is no text, and one that is none of them for sure."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip(b"\0 \t\r\n" + UTF8_MARK):
        raise refuse(EMPTY)
    wide = _unmarked_utf16(head)
    if wide and _first_fault(path, wide) is None:
        return wide
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
    chinese = _chinese(_around(path, fault))
    if chinese and _first_fault(path, chinese) is None:
        return chinese
    raise refuse(
        N_(
            "The file is neither UTF-8 nor GB18030: line %(line)d cannot be read. It looks like %(guess)s. "
            "Save it as “CSV UTF-8” and upload it again."
        ),
        line=_line_of(path, fault),
        guess=_guess(_around(path, fault)),
    )


def refuse_unreadable(path: Path, encoding: str) -> None:
    """Raises Invalid where the file is not what somebody said it is written in."""
    if encoding not in ENCODING_NAMES:
        raise Invalid(N_("A file cannot be read in this encoding."), field="encoding")
    fault = _first_fault(path, encoding)
    if fault is not None:
        raise Invalid(
            N_("The file is not %(encoding)s: line %(line)d cannot be read."), field="encoding",
            encoding=ENCODING_NAMES[encoding], line=_line_of(path, fault),
        )  # fmt: skip


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of its line ends and separators is zero, always on the same side."""
    if len(head) < 4 or head.startswith(UTF16_MARKS):
        return None
    low, high = head[0:2000:2].count(0), head[1:2000:2].count(0)
    least = min(len(head), 2000) * 0.02
    if high > least and not low:
        return "utf-16-le"
    return "utf-16-be" if low > least and not high else None


def must_be_rewritten(path: Path, encoding: str) -> bool:
    """Whether rows cannot be found by their bytes: UTF-16, and files whose lines end with a bare carriage return."""
    if encoding.startswith("utf-16"):
        return True
    with path.open("rb") as file:
        head = file.read(HEAD)
    return b"\r" in head and b"\n" not in head


def as_utf8(path: Path, encoding: str) -> Iterator[bytes]:
    """The text in UTF-8 with a line feed after each line."""
    with path.open("r", encoding=encoding, newline=None) as file:
        while piece := file.read(PIECE):
            yield piece.encode("utf-8", errors="replace")


def examine(path: Path, *, encoding: str, delimiter: str | None = None) -> Dialect:
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
    delimiter = delimiter or told or _delimiter(path, encoding=encoding, start=start, line=line)
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
    except UnicodeError:  # UTF-16 without its mark
        return 0
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


def _chinese(sample: bytes) -> str | None:
    """The encoding as which most characters beyond ASCII are everyday ones: of 3,755 in GB 2312, 5,401 in Big5.

    Other encodings often pass as GB18030 or Big5 byte by byte, but then read as rare characters.
    """
    scores = {codec: _everyday_share(sample, table, low, high) for codec, table, low, high in SCORED}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] >= 0.6 else None


def _everyday_share(sample: bytes, table: str, low: int, high: int) -> float:
    codec = "gb18030" if table == "gb2312" else "cp950"
    beyond = [char for char in sample.decode(codec, errors="ignore") if char > "\x7f"]
    common = sum(_everyday(char, table, low, high) for char in beyond)
    return common / len(beyond) if beyond else 0.0


def _everyday(char: str, table: str, low: int, high: int) -> bool:
    code = char.encode(table, errors="ignore")
    return len(code) == 2 and (low <= code[0] <= high or code[0] in (0xA1, 0xA3))


_GUESSES = (
    ("shift_jis", "Shift JIS", "\u3040", "\u30ff", 0.2, False),
    ("cp1251", "Windows-1251", "\u0400", "\u04ff", 0.8, False),
    ("cp949", "EUC-KR", "\uac00", "\ud7a3", 0.6, False),
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
