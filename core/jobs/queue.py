"""The job queue: an act enqueues in its own transaction, so a job exists exactly when its act was committed.

Arguments are ids; a notice that has no row yet brings its numbers and labels, never personal data. Three queues, by how soon
somebody waits: `interactive` (a person), `bulk` (long acts, in slices) and `scheduled` (by the clock). A worker takes the higher
priority first and within one priority the older job. A fourth, `outgoing`, is for calls to servers that are not ours.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import procrastinate
from procrastinate import SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import JobDeferrer
from procrastinate.tasks import Task
from psycopg.errors import UniqueViolation
from sqlalchemy.orm import Session

QueueName = Literal["interactive", "bulk", "scheduled", "outgoing"]
QUEUES: tuple[QueueName, ...] = ("interactive", "bulk", "scheduled")
CALLING: tuple[QueueName, ...] = ("outgoing",)
"""What calls other people's servers, which may take long to answer: a worker does a few of these beside its own work."""
PRIORITY: dict[QueueName, int] = {"interactive": 20, "scheduled": 10, "bulk": 0, "outgoing": 0}

queue = procrastinate.App(connector=SyncPsycopgConnector())
"""Where tasks are registered. This side has no connection of its own: it enqueues on the act's."""


def enqueue(
    session: Session,
    *,
    task: Task[Any, Any, Any],
    to: QueueName = "interactive",
    lock: str | None = None,
    once: str | None = None,
    at: datetime | None = None,
    **ids: UUID | int | str | None,
) -> None:
    """Enqueue in the session's transaction, to be done at once or not before `at`.

    Of the jobs with the same `lock` one works at a time. While one with the same `once` waits, this does nothing.
    """
    arguments = {name: str(value) if isinstance(value, UUID) else value for name, value in ids.items()}
    job = task.configure(queue=to, priority=PRIORITY[to], lock=lock, queueing_lock=once, schedule_at=at)
    if once is None:
        _defer(session, job, arguments)
        return
    with contextlib.suppress(AlreadyEnqueued), session.begin_nested():
        _defer(session, job, arguments)


def _defer(session: Session, job: JobDeferrer, arguments: dict[str, Any]) -> None:
    """On the session's connection: taken here, since the session sets its savepoint when it is first taken within."""
    job.connection = session.connection().connection.driver_connection
    try:
        job.defer(**arguments)
    except (AssertionError, TypeError) as error:
        # PostgreSQL tells a provider's role no detail of a key that is taken, and the library takes the detail for granted.
        if isinstance(error.__context__, UniqueViolation):
            raise AlreadyEnqueued from error
        raise
