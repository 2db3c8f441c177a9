"""The job queue: an act enqueues in its own transaction, so a job exists exactly when its act was committed.

Arguments are ids. Three queues, by how soon somebody waits: `interactive` (a person), `bulk` (long acts, in slices) and
`scheduled` (by the clock). A worker takes the higher priority first and within one priority the older job.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import procrastinate
from procrastinate import SyncPsycopgConnector
from procrastinate.tasks import Task
from sqlalchemy.orm import Session

QueueName = Literal["interactive", "bulk", "scheduled"]
QUEUES: tuple[QueueName, ...] = ("interactive", "bulk", "scheduled")
PRIORITY: dict[QueueName, int] = {"interactive": 20, "scheduled": 10, "bulk": 0}

queue = procrastinate.App(connector=SyncPsycopgConnector())
"""Where tasks are registered. This side has no connection of its own: it enqueues on the act's."""


def enqueue(
    session: Session,
    *,
    task: Task[Any, Any, Any],
    to: QueueName = "interactive",
    lock: str | None = None,
    **ids: UUID | int | None,
) -> None:
    """Enqueue in the session's transaction. Of the jobs with the same `lock` one works at a time."""
    connection = session.connection().connection.driver_connection
    arguments = {name: str(value) if isinstance(value, UUID) else value for name, value in ids.items()}
    task.configure(connection=connection, queue=to, priority=PRIORITY[to], lock=lock).defer(**arguments)
