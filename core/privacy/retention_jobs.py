"""Every night: a job for each tenant, which counts what has been kept long enough and begins what a policy says."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from core.db import scope
from core.db.base import db
from core.errors import Denied, NotFound
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.privacy import retention_service as service
from core.privacy.retention_acts import KIND
from core.tenants import life
from core.tenants.queries import filled_context

AGAIN = RetryStrategy(max_attempts=5, linear_wait=60, retry_exceptions={OperationalError, IntegrityError})
_TENANTS = text("SELECT tenant_id FROM audit_tenants()").execution_options(**scope.PLATFORM)
"""Those in which anything ever happened."""


@queue.periodic(cron="41 2 * * *")
@queue.task(name="retention_nightly", queue="scheduled")
def retention_nightly(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells when it was due
    session = db.session()
    try:
        for tenant_id in session.scalars(_TENANTS).all():
            enqueue(session, task=count_retention, to="scheduled", once=f"retention:{tenant_id}", tenant_id=tenant_id)
        session.commit()
    finally:
        db.session.remove()


@queue.task(name="count_retention", queue="scheduled", retry=AGAIN)
def count_retention(*, tenant_id: str) -> None:
    """One tenant's clocks. Nothing where the tenant is closing or suspended."""
    session, context = db.session(), job_context(tenant_id=UUID(tenant_id), participant_id=None)
    try:
        scope.enter(session, context)
        life.refuse_runs(session, KIND)
        service.count_all(session, context=filled_context(session, context=context))
        session.commit()
    except (Denied, NotFound):
        session.rollback()
    finally:
        db.session.remove()
