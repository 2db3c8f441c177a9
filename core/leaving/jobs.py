"""The jobs of joining's end and of leaving: what the clock does to tenants, exports of everything, deletions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from uuid import UUID

import structlog
from procrastinate import JobContext, RetryStrategy
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import N_, DomainError, NotFound
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import explained, job_context, note_failure
from core.leaving import deletion, service
from core.notify.service import tell
from core.tenants import life
from core.tenants.queries import filled_context

LOG = structlog.get_logger(__name__)
AHEAD = (7, 3, 1)
"""Days before the end of a trial on which its people are told."""

SETTLE = timedelta(minutes=1)
"""Until requests and jobs of a tenant that was just deleted are over; longer than any of them takes."""

TRIAL_OVER = N_("The trial has ended.")
AGAIN = RetryStrategy(max_attempts=5, exponential_wait=3, retry_exceptions={OperationalError})
_DUE = text("SELECT * FROM tenants_due(:ahead)").execution_options(**scope.PLATFORM)


@queue.periodic(cron="7 * * * *")
@queue.task(name="tenant_deadlines", queue="scheduled")
def tenant_deadlines(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells when it was due
    """Once an hour: a job for each tenant whose time is coming or over."""
    session = db.session()
    try:
        for row in session.execute(_DUE, {"ahead": timedelta(days=AHEAD[0])}).all():
            task, once = (erase_tenant, "erase") if row.state in ("closing", "deleted") else (trial_deadline, "trial")
            enqueue(session, task=task, to="scheduled", once=f"{once}:{row.tenant_id}", lock=f"life:{row.tenant_id}",
                    tenant_id=row.tenant_id)  # fmt: skip
        session.commit()
    finally:
        db.session.remove()


@queue.task(name="trial_deadline", queue="scheduled", retry=AGAIN)
def trial_deadline(*, tenant_id: str) -> None:
    """Tell that a trial ends, or end it."""
    session = db.session()
    context = job_context(tenant_id=UUID(tenant_id), participant_id=None)
    try:
        scope.enter(session, context)
        mind_trial(session, context=filled_context(session, context=context))
        session.commit()
    except NotFound:
        session.rollback()
    finally:
        db.session.remove()


def mind_trial(session: Session, *, context: Context) -> None:
    """What time does to a trial: notices on the days of AHEAD, and its end. Done twice it does nothing more."""
    from core.tenants.organisation import organisation

    row = organisation(session, context=context)
    if row.state != "trial" or row.trial_ends_at is None:
        return
    left = ceil((row.trial_ends_at - datetime.now(UTC)) / timedelta(days=1))
    if left <= 0:
        life.move(session, context=context, event="suspend", reason=TRIAL_OVER, by="clock")
        return
    near = min((each for each in AHEAD if left <= each), default=None)
    if near is not None:
        day = {"date": row.trial_ends_at.date().isoformat()}
        tell(session, context=context, kind="tenant.trial_ending", values={"days": left, "day": day},
             subject=("tenant", context.tenant_id), cause=f"trial:{row.trial_ends_at.date()}:{near}",
             permission="tenant.manage")  # fmt: skip


@queue.task(name="export_everything", queue="bulk", pass_context=True, retry=AGAIN)
def export_everything(job: JobContext, *, tenant_id: str, run_id: str) -> None:  # noqa: ARG001 - as every long act
    """One export, from one snapshot."""
    context = job_context(tenant_id=UUID(tenant_id), participant_id=None)
    session = db.session()
    try:
        scope.enter(session, context)
        full = filled_context(session, context=context)
        session.commit()
        service.produce(session, engine=db.engine, context=full, run_id=UUID(run_id))
    except NotFound:
        session.rollback()
    except Exception as error:
        session.rollback()
        told = error if isinstance(error, DomainError) else explained(error)
        if not isinstance(told, DomainError):
            raise
        note_failure(session, context=context, run_id=UUID(run_id), error=told)
    finally:
        db.session.remove()


@queue.task(name="forget_export", queue="scheduled", retry=AGAIN)
def forget_export(*, tenant_id: str, file_id: str) -> None:
    """An export is kept for some days only."""
    session = db.session()
    try:
        scope.enter(session, job_context(tenant_id=UUID(tenant_id), participant_id=None))
        service.forget(session, file_id=UUID(file_id))
        session.commit()
    finally:
        db.session.remove()


@queue.task(name="erase_tenant", queue="scheduled", retry=AGAIN)
def erase_tenant(*, tenant_id: str) -> None:
    """Begin the deletion of a tenant whose days of grace are over. From here its jobs name the certificate, not the tenant."""
    session = db.session()
    try:
        certificate_id = deletion.begin(session, tenant_id=UUID(tenant_id))
        if certificate_id is not None:
            enqueue(session, task=erase_slice, to="bulk", once=f"erase:{certificate_id}", lock=f"erase:{certificate_id}",
                    at=datetime.now(UTC) + SETTLE, certificate_id=certificate_id)  # fmt: skip
        session.commit()
    finally:
        db.session.remove()


@queue.task(name="erase_slice", queue="bulk", retry=AGAIN)
def erase_slice(*, certificate_id: str) -> None:
    """One slice of a deletion, and its continuation."""
    more = deletion.work(db.engine, certificate_id=UUID(certificate_id))
    session = db.session()
    try:
        if more:
            enqueue(session, task=erase_slice, to="bulk", lock=f"erase:{certificate_id}", certificate_id=certificate_id)
        session.commit()
    finally:
        db.session.remove()
