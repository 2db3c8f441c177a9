"""The jobs of notices: deliver one to its people, send a mail, send the digest of a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from procrastinate import RetryStrategy
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import NotFound
from core.jobs.queue import queue
from core.jobs.tasks import job_context
from core.notify import delivery
from core.tenants.queries import filled_context

AGAIN = RetryStrategy(max_attempts=6, exponential_wait=3, retry_exceptions={OperationalError, IntegrityError})
"""A lost connection, or two jobs that told one person of one cause at once."""


@queue.task(name="deliver_notice", queue="interactive", retry=AGAIN)
def deliver_notice(*, tenant_id: str, notice: str) -> None:
    """Make the notices and mails of one happening."""
    _inside(
        UUID(tenant_id),
        lambda session, context: delivery.deliver(session, context=context, notice=orjson.loads(notice)),
    )


def _inside(tenant_id: UUID, work: Callable[[Session, Context], Any]) -> None:
    """In one transaction, for the tenant itself. In a tenant that has gone there is nobody to tell."""
    session = db.session()
    try:
        scope.enter(session, job_context(tenant_id=tenant_id, participant_id=None))
        work(session, filled_context(session, context=job_context(tenant_id=tenant_id, participant_id=None)))
        session.commit()
    except NotFound:
        session.rollback()
    finally:
        db.session.remove()
