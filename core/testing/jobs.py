"""Work off a tenant's jobs in the test's own process, as a worker would, one after the other."""

from __future__ import annotations

import time
from uuid import UUID

from flask import Flask
from procrastinate import JobContext
from procrastinate.jobs import Job
from sqlalchemy import text

from core.db.base import db
from core.jobs.queue import queue

TAKE = text(
    "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (SELECT id FROM procrastinate_jobs"
    " WHERE status = 'todo' AND args->>'tenant_id' = :tenant AND (scheduled_at IS NULL OR scheduled_at <= now())"
    " ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " RETURNING id, status::text, priority, lock, queueing_lock, task_name, args, scheduled_at, queue_name, attempts"
)


def work_off(app: Flask, *, tenant_id: UUID, at_most: int = 1000) -> int:
    """How many jobs there were, the ones they enqueued included; those of a later time wait on."""
    with app.app_context():
        for done in range(at_most):
            with db.engine.begin() as connection:
                row = connection.execute(TAKE, {"tenant": str(tenant_id)}).one_or_none()
            if row is None:
                return done
            job = Job.from_row(dict(row._mapping))
            context = JobContext(app=queue, job=job, start_timestamp=time.time(), abort_reason=lambda: None)
            task = queue.tasks[job.task_name]
            task(*([context] if task.pass_context else []), **job.task_kwargs)
            with db.engine.begin() as connection:
                connection.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": job.id})
    return at_most
