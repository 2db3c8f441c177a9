"""Bring one notice to its people: find them, ask how each wishes to be told, and make notices and mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from core.context import Context


def deliver(session: Session, *, context: Context, notice: Mapping[str, Any]) -> None:
    """Once per person and cause."""
