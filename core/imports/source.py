"""From a file as it was handed in to text whose rows can be found by their bytes: a workbook or vCards are written as CSV.

What was handed in is kept beside, so that another sheet or encoding can be chosen while nothing is imported yet.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.orm import Session

from core.errors import N_
from core.files import service as files
from core.files.models import StoredFile
from core.files.sniff import kind_of
from core.imports import dialect, vcards, workbook
from core.imports.dialect import Dialect

Format = Literal["csv", "xlsx", "vcard"]
OLD = N_(
    "This is an Excel file of the old kind (*.xls), or one with a password. Save it as “Excel workbook (*.xlsx)” without one."
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """How a file is read. `file` holds the rows; `encoding` is what was handed in, `read_as` what the rows are in."""

    file: StoredFile
    format: Format
    encoding: str
    read_as: str
    dialect: Dialect
    sheets: Sequence[str] = ()
    sheet: str | None = None


def format_of(path: Path) -> Format:
    """By its first bytes. Raises Invalid for a workbook that cannot be read."""
    with path.open("rb") as file:
        head = file.read(dialect.HEAD)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise dialect.refuse(OLD)
    if kind_of(head) == "workbook" or (head.startswith(b"PK\x03\x04") and _is_workbook(path)):
        workbook.check(path)
        return "xlsx"
    start = head.removeprefix(dialect.UTF8_MARK).replace(b"\0", b"").lstrip(b"\xff\xfe \r\n\t")
    return "vcard" if start[:11].upper() == b"BEGIN:VCARD" else "csv"


def _is_workbook(path: Path) -> bool:
    """A workbook whose parts stand in another order than Excel's own."""
    try:
        with zipfile.ZipFile(path) as package:
            return any(name.startswith("xl/") for name in package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def read(
    session: Session,
    *,
    given: StoredFile,
    encoding: str | None = None,
    sheet: str | None = None,
    delimiter: str | None = None,
) -> Source:
    """Find out how a file is written, or take what somebody says. Raises Invalid; then nothing more is kept."""
    path = files.path_of(given.tenant_id, given.id)
    form = format_of(path)
    file, sheets, found, chosen = given, [], "utf-8", None
    if form == "xlsx":
        sheets = workbook.sheets(path)
        chosen = sheet or next(iter(sheets), "")
        file = _written(session, given=given, pieces=workbook.as_csv(path, sheet=chosen))
        read_as = "utf-8"
    else:
        found = encoding or dialect.encoding_of(path)
        if encoding is not None:
            dialect.refuse_unreadable(path, encoding)
        read_as = found
        if form == "vcard":
            file, read_as = _written(session, given=given, pieces=vcards.as_csv(path, encoding=found)), "utf-8"
        elif dialect.must_be_rewritten(path, found):
            file, read_as = _written(session, given=given, pieces=dialect.as_utf8(path, found)), "utf-8"
    try:
        how = dialect.examine(files.path_of(file.tenant_id, file.id), encoding=read_as, delimiter=delimiter)
    except Exception:
        if file is not given:
            files.forget(session, file=file)
        raise
    return Source(
        file=file, format=form, encoding=found, read_as=read_as, dialect=how, sheets=sheets, sheet=chosen
    )  # fmt: skip


def _written(session: Session, *, given: StoredFile, pieces: Iterable[bytes]) -> StoredFile:
    """The rows as a file of their own, for as long as what was handed in."""
    made = StoredFile(name=given.name, media_type="text/csv", purpose=given.purpose, expires_at=given.expires_at)
    written = files.write(files.path_of(given.tenant_id, made.id), pieces)
    made.size, made.sha256 = written.size, written.sha256
    session.add(made)
    session.flush()
    return made
