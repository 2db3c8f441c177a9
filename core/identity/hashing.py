"""Password hashes: argon2id (RFC 9106), never more at once on a machine than its memory bears.

One hash takes 64 MiB for a tenth of a second. Whoever hashes holds one of `slots` file locks, which all processes of this
machine share and which the system gives back when a process dies. Who gets none for two seconds is told to come again: a
flood of sign-ins then costs waiting, not the machine.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import N_, Unavailable

HASHER = PasswordHasher()
"""Tests put a cheap one here."""

PATIENCE = 2.0
PAUSE = 0.02
AGAIN = 5
BUSY = N_("Too many people sign in at this moment. Try again in %(seconds)s seconds.")


@dataclass
class Slots:
    """Where the locks are, and how many."""

    folder: Path | None = None
    number: int = 0


SLOTS = Slots()


def install(folder: Path, *, number: int) -> None:
    """Say where this machine's processes meet, and how many may hash at once; 0: as many as processors, four at most."""
    SLOTS.folder = folder
    SLOTS.number = number or max(1, min(4, os.cpu_count() or 1))


def hashed_password(password: str) -> str:
    """The hash to keep. Raises Unavailable."""
    with _slot():
        return HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Compare, taking the same time for an account that does not exist or has no password. Raises Unavailable."""
    wanted = stored or _nobody()
    with _slot():
        try:
            return HASHER.verify(wanted, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """Whether a hash was made with less effort than today's."""
    return HASHER.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    """A hash of nobody's password, made on first use: hashing is slow on purpose."""
    return HASHER.hash(secrets.token_hex(16))


@contextmanager
def _slot() -> Iterator[None]:
    """Hold one of the machine's slots. Raises Unavailable after `PATIENCE` seconds."""
    held = _wait()
    try:
        yield
    finally:
        os.close(held)


def _wait() -> int:
    folder = SLOTS.folder or Path(tempfile.gettempdir()) / "kehub-hashes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    until = time.monotonic() + PATIENCE
    while True:
        for each in range(SLOTS.number or 1):
            handle = os.open(folder / f"{each}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
            else:
                return handle
        if time.monotonic() >= until:
            busy = Unavailable(BUSY, seconds=AGAIN)
            busy.headers = {"Retry-After": str(AGAIN)}
            raise busy
        time.sleep(PAUSE)
