"""The address of a subject by its type, filled by `app.py`: `{"case": lambda id: url_for(...)}`."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

LINKS: dict[str, Callable[[UUID], str]] = {}


def link_to(subject_type: str | None, subject_id: UUID | None) -> str | None:
    """Where the subject is shown; None where it has no page."""
    link = LINKS.get(subject_type or "")
    return link(subject_id) if link is not None and subject_id is not None else None
