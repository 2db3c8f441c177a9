"""The jobs of the outbox: deliver one kept event to one vertical's handler, forget old ones.

A delivery is one transaction for the tenant itself, committed by the core. A killed worker, a lost connection and a handler
that raises all mean the same: the delivery is tried again, later each time, and given up after `ATTEMPTS`.
"""

from __future__ import annotations

import traceback
from uuid import UUID

import structlog
from procrastinate import JobContext, RetryStrategy
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.db import scope
from core.db.base import db
from core.events import bus, payload, subscribers
from core.events.bus import Event
from core.events.models import OutboxEvent
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context

LOG = structlog.get_logger(__name__)
ATTEMPTS = 8
"""The waits grow from 3 seconds to 2 hours."""

KEPT_DAYS = 30
_PURGE = text("SELECT outbox_purge(:days)").execution_options(**scope.PLATFORM)


class Undelivered(Exception):
    """The handler did not do its work; it will be asked again."""


def deliver(session: Session, event: Event, listener: str) -> None:
    """Enqueue a delivery in the act's transaction."""
    enqueue(session, task=deliver_event, to="scheduled", tenant_id=event.context.tenant_id, event_id=event.id,
            listener=listener)  # fmt: skip


@queue.task(
    name="deliver_event",
    queue="scheduled",
    pass_context=True,
    retry=RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=3, retry_exceptions={Undelivered}),
)
def deliver_event(job: JobContext, *, tenant_id: str, event_id: str, listener: str) -> None:
    """Deliver one event to one handler."""
    session = db.session()
    try:
        if not hand_over(session, tenant_id=UUID(tenant_id), event_id=UUID(event_id), name=listener):
            LOG.warning("event without a listener", event_id=event_id, listener=listener)
        session.commit()
    except Exception as error:
        session.rollback()
        told = LOG.error if job.job.attempts >= ATTEMPTS else LOG.warning
        told("event given up" if job.job.attempts >= ATTEMPTS else "event not delivered", event_id=event_id,
             listener=listener, attempt=job.job.attempts + 1, error=type(error).__name__,
             trace="".join(traceback.format_tb(error.__traceback__)))  # fmt: skip
        raise Undelivered(type(error).__name__) from None
    finally:
        db.session.remove()


def hand_over(session: Session, *, tenant_id: UUID, event_id: UUID, name: str) -> bool:
    """Call the handler in the tenant's scope, unless tenant, event or handler is gone or the vertical was switched off.

    Whether it was called. Raises whatever the handler raises.
    """
    system = job_context(tenant_id=tenant_id, participant_id=None)
    scope.enter(session, system)
    listener = subscribers.listeners().get(name)
    row = session.get(OutboxEvent, (tenant_id, event_id))
    if listener is None or row is None:
        return False
    context = subscribers.filled(session, system)
    if listener.vertical not in context.enabled:
        return False
    listener.subscriber.handle(session, payload.restored(row, kind=bus.known()[row.name], context=context))
    return True


@queue.periodic(cron="37 3 * * *")
@queue.task(name="purge_outbox", queue="scheduled")
def purge_outbox(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells when it was due
    """Forget events that everybody has long heard of."""
    session = db.session()
    try:
        session.execute(_PURGE, {"days": KEPT_DAYS})
        session.commit()
    finally:
        db.session.remove()
