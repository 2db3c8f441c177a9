"""Requests that nobody decides: each has a job of its own at the end of its time, so it expires once, however late."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy.exc import OperationalError

from core.approvals import expiry
from core.db import scope
from core.db.base import db
from core.jobs.queue import queue
from core.jobs.tasks import job_context

AGAIN = RetryStrategy(max_attempts=10, exponential_wait=2, retry_exceptions={OperationalError})


@queue.task(name="expire_approval", queue="scheduled", retry=AGAIN)
def expire_approval(*, tenant_id: str, approval_id: str) -> None:
    """Note that a request's time is over, if it is still open then."""
    session = db.session()
    context = job_context(tenant_id=UUID(tenant_id), participant_id=None)
    try:
        scope.enter(session, context)
        expiry.expire(session, context=context, approval_id=UUID(approval_id))
        session.commit()
    finally:
        db.session.remove()
