"""Every night: a job for each tenant, which forgets what rows were before runs that ended long ago."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.db import scope
from core.db.base import db
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.tenants.queries import filled_context
from core.undo import service

AGAIN = RetryStrategy(max_attempts=5, linear_wait=60, retry_exceptions={OperationalError})
_TENANTS = text("SELECT tenant_id FROM audit_tenants()").execution_options(**scope.PLATFORM)
"""Those in which anything ever happened."""


@queue.periodic(cron="53 2 * * *")
@queue.task(name="purge_images", queue="scheduled")
def purge_images(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells when it was due
    session = db.session()
    try:
        for tenant_id in session.scalars(_TENANTS).all():
            enqueue(session, task=forget_old_images, to="scheduled", once=f"images:{tenant_id}", tenant_id=tenant_id)
        session.commit()
    finally:
        db.session.remove()


@queue.task(name="forget_old_images", queue="scheduled", retry=AGAIN)
def forget_old_images(*, tenant_id: str) -> None:
    """One tenant's, some thousand in each transaction."""
    session, context = db.session(), job_context(tenant_id=UUID(tenant_id), participant_id=None)
    try:
        more = True
        while more:
            scope.enter(session, context)
            more = service.forget_old(session, context=filled_context(session, context=context)) > 0
            session.commit()
    finally:
        db.session.remove()
