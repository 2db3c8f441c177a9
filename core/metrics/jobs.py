"""Count again when something has changed, and keep the day's readings: jobs, enqueued by the act that changed it.

1. A change is noted in the act's transaction; the first one since the last count enqueues the job, so a thousand edits make
one. 2. The job counts, and once more if something was committed meanwhile. 3. Counting takes at most a tenth of the time: a
tenant that needs a second is counted every ten seconds, however much is edited. 4. Every night the client's readings are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from procrastinate import RetryStrategy
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import NotFound
from core.events.bus import Event
from core.jobs.models import BulkRun
from core.jobs.queue import enqueue, queue
from core.jobs.service import Slice
from core.jobs.tasks import job_context
from core.metrics import service
from core.metrics.models import LatestReading, UncountedChange
from core.metrics.queries import of_reader
from core.plugin.catalog import CatalogView
from core.tenants.queries import filled_context

PACE = 10
"""A count's time is followed by so many times as much without one..."""

UNPACED = timedelta(seconds=5)
"""... where that is more than a few seconds."""

NIGHT = time(0, 5)
"""When the day's readings are kept, by the tenant's clock."""

AGAIN = RetryStrategy(
    max_attempts=5, linear_wait=1, retry_exceptions={OperationalError, IntegrityError, StaleDataError}
)
"""Two counts at once may collide; the later one is tried again."""


def ask(session: Session, *, context: Context, at: datetime | None = None) -> None:
    """Have the tenant's KPIs counted again. Nothing more where a count waits already."""
    tenant_id = context.tenant_id
    enqueue(session, task=recount_kpis, to="interactive", once=f"kpis:{tenant_id}", at=at, tenant_id=tenant_id)


def note_change(session: Session, *, context: Context) -> None:
    """In the transaction of what changed customers or leases."""
    if service.note_change(session):
        ask(session, context=context)


def follow(session: Session, event: Event) -> None:
    """Handle an event after which other numbers hold."""
    note_change(session, context=event.context)


@dataclass(frozen=True)
class Followed:
    """A slice of a bulk act, with its change noted: what a cancelled act has done so far counts too."""

    work: Slice

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
        more = self.work(session, context=context, run=run, until=until)
        note_change(session, context=context)
        return more


@queue.task(name="recount_kpis", queue="interactive", retry=AGAIN)
def recount_kpis(*, tenant_id: str) -> None:
    """Count and write the latest readings, unless the last count was too short a time ago: then do so later."""

    def work(session: Session, context: Context, view: CatalogView) -> None:
        due = _due(session)
        if due is not None:
            ask(session, context=context, at=due)
            return
        service.recount(session, view=view)
        _plan_night(session, context=context)

    def look_back(session: Session, context: Context, _view: CatalogView) -> None:
        if session.scalar(select(UncountedChange.id).limit(1)) is not None:
            ask(session, context=context)

    _inside(UUID(tenant_id), work, look_back)


@queue.task(name="keep_kpis", queue="scheduled", retry=AGAIN)
def keep_kpis(*, tenant_id: str) -> None:
    """Count, and keep the client's readings of the day."""

    def work(session: Session, context: Context, view: CatalogView) -> None:
        service.recount(session, view=view)
        service.store_readings(session, context=context, view=view)
        _plan_night(session, context=context)

    _inside(UUID(tenant_id), work)


def _inside(tenant_id: UUID, *steps: Callable[[Session, Context, CatalogView], Any]) -> None:
    """Each step in a transaction of its own, for the tenant itself. A tenant that has gone needs no numbers."""
    session = db.session()
    view_of: Callable[[Session, Context], CatalogView] = current_app.extensions["kehub"]["view_of"]
    try:
        for step in steps:
            scope.enter(session, job_context(tenant_id=tenant_id, participant_id=None))
            context = filled_context(session, context=job_context(tenant_id=tenant_id, participant_id=None))
            step(session, context, view_of(session, context))
            session.commit()
    except NotFound:
        session.rollback()
    finally:
        db.session.remove()


def _due(session: Session) -> datetime | None:
    """When the next count may begin; None if it may now."""
    last = session.execute(
        select(func.max(LatestReading.cut_at).label("cut_at"), func.max(LatestReading.took_ms).label("took")).where(
            of_reader(None)
        )
    ).one()
    if last.cut_at is None:
        return None
    pause = timedelta(milliseconds=PACE * last.took)
    due: datetime = last.cut_at + pause
    return due if pause > UNPACED and due > datetime.now(UTC) else None


def _plan_night(session: Session, *, context: Context) -> None:
    zone, tenant_id = ZoneInfo(context.zone), context.tenant_id
    tomorrow = datetime.now(zone).date() + timedelta(days=1)
    at = datetime.combine(tomorrow, NIGHT, zone)
    enqueue(session, task=keep_kpis, to="scheduled", once=f"kpis-night:{tenant_id}", at=at, tenant_id=tenant_id)
