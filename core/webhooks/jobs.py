"""The jobs of webhooks: find who hears of a kept event, and send to one address what is due.

They wait in a queue of their own, so that an address that answers slowly keeps nobody waiting but itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.db import scope
from core.db.base import db
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.webhooks import sending

T = TypeVar("T")
AGAIN = RetryStrategy(max_attempts=6, exponential_wait=3, retry_exceptions={OperationalError, IntegrityError})
"""A lost connection, or two workers that met."""


def fan_out(session: Session, *, tenant_id: UUID, event_id: UUID) -> None:
    """Enqueue in the act's transaction: somebody hears of this event."""
    enqueue(session, task=fan_out_event, to="outgoing", tenant_id=tenant_id, event_id=event_id)


def wake(session: Session, *, tenant_id: UUID, endpoint_id: UUID, at: datetime | None = None) -> None:
    """Let what is due be sent, now or at a later time. One job at a time works for an address."""
    if at is not None:
        # A job of a later time that had a lock would keep the earlier ones of this lock waiting.
        enqueue(session, task=wake_endpoint, to="outgoing", at=at, tenant_id=tenant_id, endpoint_id=endpoint_id)
        return
    name = f"webhook:{endpoint_id}"
    enqueue(session, task=send_due, to="outgoing", lock=name, once=name, tenant_id=tenant_id, endpoint_id=endpoint_id)


@queue.task(name="fan_out_event", queue="outgoing", retry=AGAIN)
def fan_out_event(*, tenant_id: str, event_id: str) -> None:
    """Make the deliveries of one event."""

    def work(session: Session) -> None:
        for endpoint_id in sending.fan_out(session, event_id=UUID(event_id)):
            wake(session, tenant_id=UUID(tenant_id), endpoint_id=endpoint_id)

    _inside(UUID(tenant_id), work)


@queue.task(name="wake_endpoint", queue="outgoing", retry=AGAIN)
def wake_endpoint(*, tenant_id: str, endpoint_id: str) -> None:
    """The time of a further try has come."""
    _inside(UUID(tenant_id), lambda session: wake(session, tenant_id=UUID(tenant_id), endpoint_id=UUID(endpoint_id)))


@queue.task(name="send_due_webhooks", queue="outgoing", retry=AGAIN)
def send_due(*, tenant_id: str, endpoint_id: str) -> None:
    """Send what is due at one address for about a second; go on in another job where more is due.

    No transaction is open while the address is called. A worker that is killed meanwhile leaves the delivery due: it is sent
    again, with the same id.
    """
    sender = sending.Sender(UUID(tenant_id), UUID(endpoint_id), inside=_inside)
    more = sender.run()

    def go_on(session: Session) -> None:
        if more:
            wake(session, tenant_id=UUID(tenant_id), endpoint_id=UUID(endpoint_id))
        for at in sender.later:
            wake(session, tenant_id=UUID(tenant_id), endpoint_id=UUID(endpoint_id), at=at)

    if more or sender.later:
        _inside(UUID(tenant_id), go_on)


def _inside(tenant_id: UUID, work: Callable[[Session], T]) -> T:
    """One transaction of the tenant itself."""
    session = db.session()
    try:
        scope.enter(session, job_context(tenant_id=tenant_id, participant_id=None))
        found = work(session)
        session.commit()
        return found
    finally:
        db.session.remove()
