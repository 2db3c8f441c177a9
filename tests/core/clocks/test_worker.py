"""A worker tells what is due by itself: the job is enqueued by the clock, once for all workers."""

from __future__ import annotations

import asyncio
import time

import pytest
from procrastinate.periodic import PeriodicDeferrer
from sqlalchemy import text

from core.db.base import db
from core.jobs.worker import _inside, connected
from tests.core.clocks.conftest import MOMENT, REPLY

WAITING = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'fire_clocks' AND status = 'todo'")


@pytest.fixture
def waiting(app):
    def count() -> int:
        with app.app_context(), db.engine.connect() as connection:
            return connection.scalar(WAITING)

    return count


def test_every_worker_asks_for_the_job_it_is_enqueued_once_and_tells_what_is_due(
    app, follow, reread, heard, waiting, session
):
    (clock,) = follow([REPLY], ("open", MOMENT))  # in March: long over
    session.rollback()

    async def two_workers() -> None:
        async with connected(app).open_async() as opened:
            for _ in range(2):
                deferrer = PeriodicDeferrer(registry=opened.periodic_registry)
                due = [
                    each for each in deferrer.get_previous_tasks(at=time.time()) if each[0].task.name == "fire_clocks"
                ]
                assert len(due) == 1
                await deferrer.defer_jobs(due)
            assert waiting() == 1
            await opened.run_worker_async(
                queues=["scheduled"], wait=False, install_signal_handlers=False, task_middleware=[_inside(app)]
            )

    asyncio.run(two_workers())
    assert waiting() == 0
    assert reread(clock).told == 100
    assert [each.percent for each in heard if each.subject == reread(clock).id] == [80, 100]
