"""The job of a long act: one slice, one transaction, and in the same transaction the job for the next slice.

What goes wrong becomes the run's state: a DomainError is its answer, a lost connection or a collision is tried again,
anything else is logged under a reference (without values: they may be personal) and the run says so.
"""

from __future__ import annotations

import secrets
import traceback
from typing import Any
from uuid import UUID

import structlog
from procrastinate import JobContext, RetryStrategy
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import N_, DomainError, NotFound, Unavailable, keep_evidence
from core.jobs import service
from core.jobs.models import BulkRun
from core.jobs.queue import enqueue, queue

LOG = structlog.get_logger(__name__)
ATTEMPTS = 5
DISK_FULL = "53100"
NO_SPACE = N_("The server has no space left. What is done so far stays; free some space and run it again.")
BROKEN = N_("This stopped because of a fault of ours. Reference %(reference)s.")
KILLED = N_("This was interrupted %(attempts)s times and was given up.")


class TryAgain(Exception):
    """A passing fault: the slice was rolled back and the job will be tried again."""


@queue.task(
    name="bulk_run",
    queue="bulk",
    pass_context=True,
    retry=RetryStrategy(max_attempts=ATTEMPTS, linear_wait=1, retry_exceptions={TryAgain}),
)
def bulk_run(
    job: JobContext,
    *,
    tenant_id: str,
    run_id: str,
    version: int,
    participant_id: str | None = None,
    engagement_id: str | None = None,
) -> None:
    """One slice of a run, and its continuation."""
    context = job_context(
        tenant_id=UUID(tenant_id),
        participant_id=UUID(participant_id) if participant_id else None,
        engagement_id=UUID(engagement_id) if engagement_id else None,
    )
    last = job.job.attempts >= ATTEMPTS
    session = db.session()
    try:
        if last:
            raise Unavailable(KILLED, attempts=job.job.attempts)
        step(session, context=context, run_id=UUID(run_id), version=version)
    except NotFound:
        session.rollback()
    except DomainError as error:
        note_failure(session, context=context, run_id=UUID(run_id), error=error)
    finally:
        db.session.remove()


def job_context(*, tenant_id: UUID, participant_id: UUID | None, engagement_id: UUID | None = None) -> Context:
    """What a job knows from its ids. Whoever needs the tenant's money, zone or verticals asks `tenants`."""
    return Context(
        tenant_id=tenant_id,
        tenant_name="",
        workspace="",
        party="provider" if engagement_id else "system",
        participant_id=participant_id,
        engagement_id=engagement_id,
    )


def set_going(session: Session, *, context: Context, run: BulkRun) -> None:
    """Begin a waiting run and enqueue its first slice, in the act's transaction."""
    service.begin(session, run=run)
    _continue(session, context=context, run=run)


def step(session: Session, *, context: Context, run_id: UUID, version: int | None = None, queued: bool = True) -> bool:
    """One slice as one transaction, with its continuation if `queued`. Whether more is left.

    Raises DomainError, TryAgain; the transaction is then rolled back.
    """
    try:
        scope.enter(session, context)
        run = service.work(session, context=context, run_id=run_id, version=version)
        if run is not None and queued:
            _continue(session, context=context, run=run)
        session.commit()
        return run is not None
    except DomainError as error:
        keep_evidence(session, error)
        raise
    except Exception as error:
        session.rollback()
        raise explained(error) from None


def explained(error: Exception) -> Exception:
    """What a fault means to whoever waits for the run. Logged without its message, which may quote what a log must not."""
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == DISK_FULL:
        return Unavailable(NO_SPACE)
    if isinstance(error, IntegrityError | OperationalError):
        return TryAgain(type(error).__name__)
    reference = secrets.token_hex(3).upper()
    trace = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("job failed", reference=reference, error=type(error).__name__, trace=trace)
    return Unavailable(BROKEN, reference=reference)


def note_failure(session: Session, *, context: Context, run_id: UUID, error: DomainError) -> None:
    """Write the run's failure in a transaction of its own."""
    session.rollback()
    scope.enter(session, context)
    service.fail(session, run_id=run_id, error=error)
    session.commit()


def run_inline(session: Session, *, context: Context, run_id: UUID, told: service.Told | None = None) -> BulkRun:
    """Work a waiting run to its end in this process, slice by slice: for commands and tests. Commits after each slice.

    `told` gets the run after each slice. Raises the DomainError that stopped it, which the run then also says.
    """
    scope.enter(session, context)
    service.begin(session, run=service.locked_run(session, run_id=run_id))
    session.commit()
    more, failures = True, 0
    while more:
        try:
            more = step(session, context=context, run_id=run_id, queued=False)
        except TryAgain:
            failures += 1
            if failures == ATTEMPTS:
                note_failure(session, context=context, run_id=run_id, error=Unavailable(KILLED, attempts=failures))
                raise Unavailable(KILLED, attempts=failures) from None
        except DomainError as error:
            note_failure(session, context=context, run_id=run_id, error=error)
            raise
        scope.enter(session, context)
        run = service.locked_run(session, run_id=run_id)
        if told is not None:
            told(run)
        session.commit()
    return run


def _continue(session: Session, *, context: Context, run: BulkRun) -> None:
    ids: dict[str, Any] = {"tenant_id": run.tenant_id, "run_id": run.id, "version": run.version}
    if run.engagement_id is not None:
        ids["engagement_id"] = run.engagement_id
    enqueue(session, task=bulk_run, to="bulk", lock=f"run:{run.id}", participant_id=context.participant_id, **ids)


@queue.periodic(cron="23 3 * * *")
@queue.task(name="purge_jobs", queue="scheduled", pass_context=True)
async def purge_jobs(job: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells when it was due
    """Forget jobs that ended a week ago; those that succeeded are deleted at once by the worker."""
    await job.app.job_manager.delete_old_jobs(
        nb_hours=7 * 24, include_failed=True, include_cancelled=True, include_aborted=True
    )
