"""Read what has been kept long enough: each clock as it stands, and the rows under one, whose clock ran out first at the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from core.approvals.models import Approval
from core.context import Context
from core.db.keyset import MOST, Page, cursor, read_cursor
from core.jobs.models import BulkRun
from core.privacy import retention
from core.privacy import retention_service as service
from core.privacy.retention import Clock, Span
from core.privacy.retention_models import RetentionClock


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A clock as it stands. `row` is None until somebody or the nightly count touched it."""

    clock: Clock
    spans: Sequence[Span]
    row: RetentionClock | None
    run: BulkRun | None = None
    waiting: Approval | None = None

    @property
    def home(self) -> Span:
        return self.spans[0]

    @property
    def mode(self) -> str:
        return self.row.mode if self.row else "ask"

    @property
    def held(self) -> bool:
        return self.row is not None and self.row.held_at is not None

    @property
    def running(self) -> bool:
        return self.run is not None and self.run.state in ("waiting", "running")


def standings(session: Session, *, context: Context) -> list[Standing]:
    rows = {row.clock: row for row in session.scalars(select(RetentionClock))}
    wanted = [row.run_id for row in rows.values() if row.run_id]
    runs = {run.id: run for run in session.scalars(select(BulkRun).where(BulkRun.id.in_(wanted)))} if wanted else {}
    found = []
    for key, clock in retention.clocks().items():
        row = rows.get(key)
        run = runs.get(row.run_id) if row is not None and row.run_id else None
        found.append(Standing(clock=clock, spans=service.spans_of(clock, context=context, row=row), row=row, run=run))
    return found


def standing(session: Session, *, context: Context, clock: str) -> Standing:
    """Raises NotFound."""
    kept = service.clock_of(clock)
    row = service.known(session, clock=clock)
    run = session.scalar(select(BulkRun).where(BulkRun.id == row.run_id)) if row is not None and row.run_id else None
    return Standing(
        clock=kept, spans=service.spans_of(kept, context=context, row=row), row=row, run=run,
        waiting=service.waiting(session, row) if row is not None else None,
    )  # fmt: skip


def due_page(session: Session, *, standing: Standing, after: str | None = None, limit: int = 50) -> Page:
    """Rows that are due, the oldest first. Raises Invalid for a cursor that is none."""
    limit = max(1, min(limit, MOST))
    found = retention.due(standing.clock, standing.spans).subquery()
    wanted = select(found)
    if after:
        at, row_id = read_cursor(after)
        wanted = wanted.where(tuple_(found.c.started_at, found.c.id) > tuple_(literal(at), literal(row_id)))
    marked: Any = wanted.order_by(found.c.started_at, found.c.id).limit(limit + 1)
    rows = session.execute(marked).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows=rows[:limit], next=cursor(last.started_at, last.id) if last is not None else None)
