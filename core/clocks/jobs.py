"""The jobs of clocks: tell what is due every few seconds, compute anew what rests on a calendar or parameter that changed.

Running clocks are computed anew in slices (`core.jobs`); a night job looks whether a public calendar that was assumed has
been published since.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from core.calendars.working import Calendar
from core.clocks import firing, why
from core.clocks.events import ClockMoved
from core.clocks.models import Clock
from core.clocks.service import Calendars, recompute
from core.clocks.why import Reason
from core.context import Context
from core.db import scope
from core.db.base import db
from core.events import bus
from core.jobs import service as runs
from core.jobs.models import BulkRun
from core.jobs.queue import PRIORITY, queue
from core.jobs.tasks import job_context, set_going
from core.plugin.catalog import CatalogView
from core.tenants.queries import filled_context

LOG = structlog.get_logger(__name__)
EVERY_15_SECONDS = "* * * * * */15"
NIGHTLY = "41 4 * * *"
ROUND_SECONDS = 10.0
"""What one job may take; the next one goes on where it stopped."""

KIND = "clocks.recompute"
BATCH = 50
_ASSUMING = text("SELECT tenant_id, country, years FROM clocks_assuming()").execution_options(**scope.PLATFORM)


@queue.periodic(cron=EVERY_15_SECONDS)
@queue.task(name="fire_clocks", queue="scheduled", queueing_lock="fire_clocks", priority=PRIORITY["scheduled"])
def fire_clocks(timestamp: int) -> None:  # noqa: ARG001 - when procrastinate meant it to run; only the database's time counts
    """Tell what is due, over all tenants. Procrastinate enqueues it once, however many workers there are."""
    try:
        fire_everywhere(db.session())
    finally:
        db.session.remove()


def fire_everywhere(session: Session, *, now: datetime | None = None, seconds: float = ROUND_SECONDS) -> int:
    """How many events were told. One batch of each tenant at a time, so that none waits for another's outage."""
    until = time.monotonic() + seconds
    waiting: Sequence[UUID] = firing.due_tenants(session, now=now)
    session.rollback()
    count = 0
    while waiting and time.monotonic() < until:
        left = []
        for tenant_id in waiting:
            told = _fire_one(session, tenant_id, now=now)
            count += told.events
            if told.more:
                left.append(tenant_id)
        waiting = left
    return count


def _fire_one(session: Session, tenant_id: UUID, *, now: datetime | None) -> firing.Told:
    try:
        context = _entered(session, tenant_id)
        told = firing.fire(session, context=context, now=now)
        session.commit()
    except Exception as error:  # one tenant's fault stops no other's clocks
        session.rollback()
        LOG.error("clocks not told", tenant=str(tenant_id), error=type(error).__name__)
        return firing.Told(0, more=False)
    return told


def _entered(session: Session, tenant_id: UUID) -> Context:
    """The tenant's system context, its scope entered."""
    system = job_context(tenant_id=tenant_id, participant_id=None)
    scope.enter(session, system)
    return filled_context(session, context=system)


def recompute_running(
    session: Session,
    *,
    context: Context,
    reason: Reason | None = None,
    country: str | None = None,
    parameter: str | None = None,
) -> BulkRun:
    """Have the running clocks computed anew that rest on a country's calendar or on a parameter (`<vertical>.<key>`).

    In the act's transaction. A changed number is its own reason.
    """
    settings: dict[str, Any] = {"country": country, "parameter": parameter, "reason": None}
    if reason is not None:
        settings["reason"] = {"why": reason.why, "values": dict(reason.values)}
    total = session.scalar(select(func.count()).select_from(Clock).where(*resting_on(country, parameter)))
    run = runs.create_run(session, kind=KIND, settings=settings, total=total)
    set_going(session, context=context, run=run)
    return run


def resting_on(country: str | None, parameter: str | None) -> list[Any]:
    """Which running clocks to look at."""
    found: list[Any] = [Clock.stopped_at.is_(None), Clock.state != "cancelled"]
    if country is not None:
        found += [Clock.basis["country"].astext == country, Clock.basis["calendar"].astext == "true"]
    if parameter is not None:
        found.append(
            or_(Clock.basis["parameter"].astext == parameter, Clock.basis["counter_parameter"].astext == parameter)
        )
    return found


class Recompute:
    """A slice of `recompute_running`. `view_of` gives a tenant's view of the catalog."""

    def __init__(self, view_of: Callable[[Session, Context], CatalogView]) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
        full = filled_context(session, context=context)
        view, calendars = self._view_of(session, full), Calendars(session)
        settings = dict(run.settings)
        more = True
        while more and time.monotonic() < until:
            found = self._next(session, settings)
            rows = firing.locked(session, context=full, found=found, wait=True) if found else []
            moved = sum(self._again(session, full, row, view, calendars, settings) for row in rows)
            more = len(found) == BATCH
            if found:
                settings["after"] = str(found[-1].id)
            run.counts = {"moved": run.counts.get("moved", 0) + moved}
            run.cursor += len(found)
            run.settings = dict(settings)
        return more

    def _next(self, session: Session, settings: dict[str, Any]) -> Sequence[Any]:
        query = select(Clock.id, Clock.case_id, Clock.record_id).where(
            *resting_on(settings["country"], settings["parameter"])
        )
        if "after" in settings:
            query = query.where(Clock.id > UUID(settings["after"]))
        return session.execute(query.order_by(Clock.id).limit(BATCH)).all()

    def _again(
        self,
        session: Session,
        context: Context,
        row: Clock,
        view: CatalogView,
        calendars: Calendars,
        settings: dict[str, Any],
    ) -> bool:
        reason = Reason(**settings["reason"]) if settings["reason"] is not None else None
        moved = recompute(row, view=view, calendars=calendars, reason=reason, at=datetime.now(UTC))
        if moved:
            session.flush()
            bus.emit(
                session,
                ClockMoved(
                    context=context,
                    subject=row.id,
                    owner=row.owner,
                    timer=row.timer,
                    case_id=row.case_id,
                    record_id=row.record_id,
                    customer_id=row.customer_id,
                    due_at=row.due_at,
                ),
            )
        return moved


@queue.periodic(cron=NIGHTLY)
@queue.task(
    name="recheck_calendars", queue="scheduled", queueing_lock="recheck_calendars", priority=PRIORITY["scheduled"]
)
def recheck_calendars(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Compute anew what assumed a public calendar that is known by now (it comes with a release of the library)."""
    session = db.session()
    try:
        assuming = session.execute(_ASSUMING).all()
        session.rollback()
        for row in assuming:
            known = [year for year in row.years if Calendar(country=row.country).is_published(year)]
            if known:
                context = _entered(session, row.tenant_id)
                values = {"years": ", ".join(map(str, sorted(known)))}
                recompute_running(session, context=context, reason=Reason(why.PUBLISHED, values), country=row.country)
                session.commit()
    finally:
        db.session.remove()
