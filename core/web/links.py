"""The address of a subject by its type, filled by `app.py`: `{"case": lambda id: url_for(...)}`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlencode
from uuid import UUID

REVEALS: list[Callable[..., str | None]] = []
"""The address where one masked value is asked for, or None: filled by the feature that shows them."""


def reveal_link(*, policy: str = "masked", **target: object) -> str | None:
    """For a button beside a masked value. `target` is a customer's, record's or case's id, and `field`; hidden ones have none."""
    return REVEALS[0](**target) if REVEALS and policy == "masked" else None


def query_of(args: Iterable[tuple[str, str]]) -> str:
    """What stands behind a page's address. Arguments that somebody typed are never handed to `url_for`, which has its own."""
    said = urlencode(list(args))
    return f"?{said}" if said else ""


LINKS: dict[str, Callable[[UUID], str]] = {}


def link_to(subject_type: str | None, subject_id: UUID | None) -> str | None:
    """Where the subject is shown; None where it has no page."""
    link = LINKS.get(subject_type or "")
    return link(subject_id) if link is not None and subject_id is not None else None
