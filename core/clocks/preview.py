"""What a change of the calendar would do to running deadlines: asked before it is made, nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.calendars.working import Calendar
from core.clocks.basis import from_document, plan
from core.clocks.jobs import resting_on
from core.clocks.models import Clock

LOOKED_AT = 2000
"""Running clocks that are tried; beyond these the preview says "at least"."""

SAMPLES = 20


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A deadline that would move."""

    owner: str
    timer: str
    case_id: UUID | None
    record_id: UUID | None
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """`more`: not all running clocks were tried."""

    tried: int
    moved: int
    samples: Sequence[Moved]
    more: bool


def preview(session: Session, *, calendar: Calendar) -> Preview:
    """Which running clocks would have another deadline under this calendar of its country."""
    rows = session.execute(
        select(Clock.owner, Clock.timer, Clock.case_id, Clock.record_id, Clock.due_at, Clock.basis)
        .where(*resting_on(calendar.country, None))
        .order_by(Clock.due_at, Clock.id)
        .limit(LOOKED_AT + 1)
    ).all()
    moved = []
    for row in rows[:LOOKED_AT]:
        after = plan(from_document(row.basis), calendar).due_at
        if after != row.due_at:
            moved.append(
                Moved(
                    owner=row.owner,
                    timer=row.timer,
                    case_id=row.case_id,
                    record_id=row.record_id,
                    before=row.due_at,
                    after=after,
                )
            )
    tried = min(len(rows), LOOKED_AT)
    return Preview(tried=tried, moved=len(moved), samples=moved[:SAMPLES], more=len(rows) > LOOKED_AT)
