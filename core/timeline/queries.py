"""Read a customer's timeline, the latest first, fifty entries a page."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Row, func, literal, select, tuple_
from sqlalchemy.orm import Session

from core.context import Context
from core.engagements.queries import leased
from core.errors import N_, Invalid
from core.timeline.models import TimelineEntry

PAGE = 50
NOUNS: Mapping[str, tuple[str, ...]] = {
    "all": (),
    "interactions": ("interaction",),
    "cases": ("case",),
    "gate": ("gate", "consent"),
}
"""What a page filters by: the nouns of an entry's `kind`."""


@dataclass(frozen=True, kw_only=True)
class TimelinePage:
    rows: Sequence[Row[Any]]
    next: str | None = None


def entries(
    session: Session,
    *,
    context: Context,
    customer_id: UUID,
    show: str = "all",
    after: str | None = None,
    limit: int = PAGE,
) -> TimelinePage:
    """One page. `show` is a key of NOUNS. Raises Invalid for a filter or cursor that is none."""
    if show not in NOUNS:
        raise Invalid(N_("A timeline is not filtered by that."), field="show")
    entry = TimelineEntry
    wanted: list[ColumnElement[bool]] = [entry.customer_id == customer_id]
    if context.party == "provider":
        wanted.append(leased(entry.customer_id, context))
    if NOUNS[show]:
        wanted.append(func.split_part(entry.kind, ".", 1).in_(NOUNS[show]))
    if after:
        wanted.append(tuple_(entry.occurred_at, entry.id) < _read(after))
    columns: list[Any] = [
        entry.id, entry.occurred_at, entry.kind, entry.message, entry.values, entry.note, entry.tone, entry.icon,
        entry.party, entry.shown_name, entry.engagement_id, entry.subject_type, entry.subject_id,
    ]  # fmt: skip
    order = (entry.occurred_at.desc(), entry.id.desc())
    rows = session.execute(select(*columns).where(*wanted).order_by(*order).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return TimelinePage(rows=rows, next=_cursor(rows[-1]) if more else None)


def _cursor(row: Row[Any]) -> str:
    packed = orjson.dumps([row.occurred_at.isoformat(), str(row.id)])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read(after: str) -> Any:
    try:
        moment, row_id = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return tuple_(literal(datetime.fromisoformat(moment)), literal(UUID(row_id)))
    except (ValueError, TypeError, AttributeError):
        raise Invalid(N_("This page of the list cannot be found; begin with the first."), field="after") from None
