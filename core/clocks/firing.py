"""Tell what clocks have to say when its time has come: each level of each clock once, in order of the moments it was due.

1. The database's time is the only clock: a web host or worker with a wrong one changes nothing. What was told stays told,
   so a time that is put back tells nothing twice.
2. A tenant's clocks are told by one worker at a time. It locks the subjects first, as an act does, then the clocks, and
   passes over what somebody is just working on: that is told a few seconds later.
3. Mark and event are one transaction: a killed worker has told nothing. After an outage everything overdue is told in order,
   with the moment it was due (`told_for`) and the moment it is told.
4. A handler that fails undoes its own event only, and is asked again after `AGAIN`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import column, or_, select, table, text
from sqlalchemy.orm import Session

from core.clocks.arithmetic import WHOLE
from core.clocks.events import ClockBreached, ClockEscalated, ClockEvent, ClockWarned
from core.clocks.models import Clock
from core.clocks.service import next_moment
from core.context import Context
from core.db import scope
from core.events import bus

LOG = structlog.get_logger(__name__)
BATCH = 100
AGAIN = timedelta(minutes=5)

_TENANTS = text("SELECT tenant_id FROM clocks_due(:moment)").execution_options(**scope.PLATFORM)
_ALONE = text(
    "SELECT pg_try_advisory_xact_lock(hashtextextended('clocks:' || :tenant, 0)) AS alone, now() AS moment"
).execution_options(**scope.PLATFORM)


class Told(NamedTuple):
    """How many events, and whether more is due."""

    events: int
    more: bool


def due_tenants(session: Session, *, now: datetime | None = None) -> Sequence[UUID]:
    """Whose clocks have something to tell; asked outside of any scope. `now` is for tests of other times."""
    found: Sequence[UUID] = session.scalars(_TENANTS, {"moment": now}).all()
    return found


def fire(session: Session, *, context: Context, now: datetime | None = None, limit: int = BATCH) -> Told:
    """Tell one batch of the tenant's in the scope's transaction. Nothing while another worker is at it."""
    lock = session.execute(_ALONE, {"tenant": str(context.tenant_id)}).one()
    if not lock.alone:
        return Told(0, more=False)
    moment: datetime = now or lock.moment
    candidates = session.execute(
        select(Clock.id, Clock.case_id, Clock.record_id, Clock.next_at)
        .where(Clock.next_at <= moment)
        .order_by(Clock.next_at, Clock.id)
        .limit(limit)
    ).all()
    if not candidates:
        return Told(0, more=False)
    full = len(candidates) == limit
    until: datetime = candidates[-1].next_at if full else moment
    rows = locked(session, context=context, found=candidates, wait=False)
    count = 0
    while True:
        ready = [(row.next_at, row.id, row) for row in rows if row.next_at is not None and row.next_at <= until]
        if not ready:
            return Told(count, more=full and count > 0)
        count += _tell(session, context, min(ready, key=lambda each: each[:2])[2], now=moment)


def locked(session: Session, *, context: Context, found: Iterable[Any], wait: bool) -> list[Clock]:
    """The clocks as they are now, locked after their subjects. Without `wait`, those that nobody else holds."""
    rows = list(found)
    cases = _lock(session, context, "case", {row.case_id for row in rows}, wait=wait)
    records = _lock(session, context, "record", {row.record_id for row in rows}, wait=wait)
    query = (
        select(Clock)
        .where(Clock.id.in_([row.id for row in rows]))
        .where(or_(Clock.case_id.is_(None), Clock.case_id.in_(cases)))
        .where(or_(Clock.record_id.is_(None), Clock.record_id.in_(records)))
        .order_by(Clock.id)
        .with_for_update(skip_locked=not wait)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _lock(session: Session, context: Context, name: str, ids: set[UUID | None], *, wait: bool) -> Sequence[UUID]:
    """Lock rows of a higher feature, known here by the name of their table only."""
    wanted = sorted(each for each in ids if each is not None)
    if not wanted:
        return []
    rows = table(name, column("tenant_id"), column("id"))
    query = (
        select(rows.c.id)
        .where(rows.c.tenant_id == context.tenant_id, rows.c.id.in_(wanted))
        .order_by(rows.c.id)
        .with_for_update(key_share=True, skip_locked=not wait)
    )
    found: Sequence[UUID] = session.scalars(query.execution_options(**scope.RLS_ONLY)).all()
    return found


def _tell(session: Session, context: Context, row: Clock, *, now: datetime) -> int:
    """Mark and emit the next level of one clock. 0 where a handler failed, or nothing was left to tell."""
    level = next((each for each in row.levels if each["percent"] > row.told and "at" in each), None)
    if level is None or next_moment(row) is None:
        row.next_at = None
        return 0
    clock_id, percent = row.id, level["percent"]
    try:
        with session.begin_nested():
            if row.stopped_at is not None and percent < WHOLE:
                level = next(each for each in row.levels if each["percent"] == WHOLE)
            _mark(row, level, now)
            session.flush()
            bus.emit(session, _event(context, row, level, now))
    except Exception as error:  # whatever a handler raises is its own: the other clocks go on
        LOG.error("clock not told", clock=str(clock_id), percent=percent, error=type(error).__name__)
        row.next_at = now + AGAIN
        session.flush()
        return 0
    return 1


def _mark(row: Clock, level: dict[str, Any], now: datetime) -> None:
    row.told = level["percent"]
    row.levels = [
        {**each, "told_at": now.isoformat()} if each["percent"] == level["percent"] else each for each in row.levels
    ]
    if row.told == WHOLE:
        row.state, row.breached_at = "breached", row.due_at
    row.next_at = next_moment(row)


def _event(context: Context, row: Clock, level: dict[str, Any], now: datetime) -> ClockEvent:
    percent = level["percent"]
    kind = ClockBreached if percent == WHOLE else ClockWarned if percent < WHOLE else ClockEscalated
    told_for = datetime.fromisoformat(level["at"])
    return kind(
        context=context,
        subject=row.id,
        occurred_at=now,
        owner=row.owner,
        timer=row.timer,
        percent=percent,
        case_id=row.case_id,
        record_id=row.record_id,
        customer_id=row.customer_id,
        due_at=row.due_at or told_for,
        told_for=told_for,
        roles=tuple(level["roles"]),
        to_assignee=level["to_assignee"],
        stopped=row.stopped_at is not None,
    )
