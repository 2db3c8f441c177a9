"""Take away what was removed when it cannot be put back any more: a job, enqueued by the removals themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.attachments import service
from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import NotFound
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context

AGAIN = RetryStrategy(max_attempts=5, linear_wait=30, retry_exceptions={OperationalError})


def ask(session: Session, context: Context) -> None:
    """One job waits for a tenant; removals that come meanwhile are a day's work of the same one, or of the next."""
    at, tenant_id = datetime.now(UTC) + service.KEPT + timedelta(hours=1), context.tenant_id
    once = f"attachments:{tenant_id}:{at:%Y%m%d}"
    enqueue(session, task=purge_attachments, to="scheduled", once=once, at=at, tenant_id=tenant_id)


@queue.task(name="purge_attachments", queue="scheduled", retry=AGAIN)
def purge_attachments(*, tenant_id: str) -> None:
    session = db.session()
    try:
        scope.enter(session, job_context(tenant_id=UUID(tenant_id), participant_id=None))
        service.purge(session)
        session.commit()
    except NotFound:
        session.rollback()
    finally:
        db.session.remove()
