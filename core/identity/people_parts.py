"""What higher features add to a person's page; filled by `app.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.context import Context


@dataclass(frozen=True, kw_only=True)
class OpenWork:
    """Work that a person leaves behind: how much, where it is reassigned, and the newest of it as (number, title, address)."""

    label: Any
    count: int
    href: str
    rows: tuple[tuple[int, str, str], ...] = ()


OPEN_WORK: list[Callable[[Session, Context, UUID], OpenWork]] = []
