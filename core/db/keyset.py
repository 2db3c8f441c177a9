"""Pages of a list that begins with the newest: the cursor is the last row's moment and id, opaque to whoever sends it back."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import N_, Invalid

MOST = 200


@dataclass(frozen=True, kw_only=True)
class Page:
    """`next` is the cursor of the following page, None on the last."""

    rows: Sequence[Row[Any]]
    next: str | None = None


def newest_first(
    session: Session,
    wanted: Select[Any],
    *,
    moment: InstrumentedAttribute[datetime],
    key: InstrumentedAttribute[UUID],
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of rows, which have `moment` and `key` among their columns. Raises Invalid for a cursor that is none."""
    limit = max(1, min(limit, MOST))
    if after:
        at, row_id = read_cursor(after)
        wanted = wanted.where(tuple_(moment, key) < tuple_(literal(at), literal(row_id)))
    rows = session.execute(wanted.order_by(moment.desc(), key.desc()).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows=rows[:limit], next=cursor(getattr(last, moment.key), getattr(last, key.key)) if last else None)


def cursor(at: datetime, row_id: UUID) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([at.isoformat(), str(row_id)])).decode().rstrip("=")


def read_cursor(after: str) -> tuple[datetime, UUID]:
    """Raises Invalid."""
    try:
        at, row_id = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return datetime.fromisoformat(at), UUID(row_id)
    except (ValueError, TypeError, AttributeError):
        raise Invalid(N_("This page of the list cannot be found; begin with the first."), field="after") from None
