"""The job of limits: forget windows that are over."""

from __future__ import annotations

from sqlalchemy import text

from core.db.base import db
from core.jobs.queue import queue


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="purge_limits", queue="scheduled")
def purge_limits(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells when it was due
    """A window that is over counts nothing."""
    with db.engine.begin() as connection:
        connection.execute(text("SELECT limit_purge()"))
