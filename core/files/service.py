"""Keep files outside the web root: the bytes in a folder per tenant under the file's id, the rest in `stored_file`.

1. The stream is written piece by piece beside its place, counted and hashed on the way.
2. It is forced to the disk and only then gets its name; the row follows in the act's transaction.
3. Whatever fails (too large, no space) removes the piece: no row, no half file.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import scope
from core.errors import N_, Invalid, NotFound, Unavailable
from core.files.models import StoredFile

PIECE = 1024 * 1024
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_SPACE = N_("The server has no space left for this file. Nothing was kept; free some space and try again.")

_root: list[Path] = []


def install(root: Path) -> None:
    """Set the folder of this process's files (at boot)."""
    _root[:] = [root]


@dataclass(frozen=True)
class Written:
    size: int
    sha256: str


def keep(
    session: Session,
    *,
    stream: IO[bytes],
    name: str,
    media_type: str,
    purpose: str,
    limit: int,
    days: int | None = None,
) -> StoredFile:
    """Keep a stream as a file of the scope's tenant. `limit` is in bytes, `days` how long it is needed.

    Raises Invalid for one that is too large, Unavailable where the disk is full.
    """
    kept = StoredFile(name=name[-200:], media_type=media_type, purpose=purpose)
    tenant_id = scope.current(session).tenant_id
    written = write(path_of(tenant_id, kept.id), pieces(stream, limit=limit))
    kept.size, kept.sha256 = written.size, written.sha256
    kept.expires_at = datetime.now(UTC) + timedelta(days=days) if days is not None else None
    session.add(kept)
    session.flush()
    return kept


def rewrite(session: Session, *, file: StoredFile, pieces: Iterable[bytes]) -> None:
    """Put other bytes in a file's place, as a whole. Its `sha256` stays that of what was handed in."""
    file.size = write(path_of(file.tenant_id, file.id), pieces).size
    session.flush()


def find(session: Session, *, file_id: UUID) -> StoredFile:
    file = session.scalar(select(StoredFile).where(StoredFile.id == file_id))
    if file is None:
        raise NotFound
    return file


def path_of(tenant_id: UUID, file_id: UUID) -> Path:
    """Where a file's bytes lie. Made of two ids, so nothing a user typed is part of it."""
    if not _root:
        raise RuntimeError("files.install() has not run")
    return _root[0] / str(tenant_id) / str(file_id)


def forget(session: Session, *, file: StoredFile) -> None:
    """Remove a file and its row."""
    path_of(file.tenant_id, file.id).unlink(missing_ok=True)
    session.delete(file)
    session.flush()


def write(path: Path, pieces: Iterable[bytes]) -> Written:
    """Write a file as a whole or not at all. Raises Unavailable where the disk is full."""
    with _disk():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            written = _write(part, pieces)
            part.replace(path)
            _sync_folder(path.parent)
            return written
        finally:
            part.unlink(missing_ok=True)


def _write(part: Path, pieces: Iterable[bytes]) -> Written:
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in pieces:
            file.write(piece)
            digest.update(piece)
            size += len(piece)
        file.flush()
        os.fsync(file.fileno())
    return Written(size, digest.hexdigest())


def pieces(stream: IO[bytes], *, limit: int) -> Iterator[bytes]:
    size = 0
    while piece := stream.read(PIECE):
        size += len(piece)
        if size > limit:
            raise Invalid(N_("The file is larger than %(limit)d MB."), field="file", limit=limit // (1024 * 1024))
        yield piece


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise Unavailable(NO_SPACE, field="file") from None
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
