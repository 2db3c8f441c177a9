"""The worker: takes jobs from the queue until it is told to stop, and takes over those of workers that died.

1. A stop signal lets the running slice finish; its continuation is in the queue for another worker.
2. Every worker beats its heart; a job of one that was killed is put back once the heart is silent for `stalled_after`.
3. A lost database connection ends the loop; it is begun again until the database answers (the embedded one is restarted).
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import signal
from collections.abc import Callable
from typing import Any

import procrastinate
import psycopg
import structlog
from flask import Flask
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.periodic import PeriodicRegistry
from sqlalchemy import make_url

from core.jobs.queue import CALLING, QUEUES, queue

LOG = structlog.get_logger(__name__)
STALLED_AFTER = 30.0
"""Seconds of silence after which a worker counts as dead."""
PAUSE = 1.0
CALLS = 4
"""Calls to other people's servers at the same time, beside the worker's own work."""


def run_worker(app: Flask, *, stalled_after: float = STALLED_AFTER, concurrency: int = 1) -> None:
    """Work until SIGTERM or SIGINT. Then the running slices finish first."""
    asyncio.run(_work(app, stalled_after=stalled_after, concurrency=concurrency))


async def _work(app: Flask, *, stalled_after: float, concurrency: int) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    while not stopping.is_set():
        try:
            await _serve(app, stopping, stalled_after=stalled_after, concurrency=concurrency)
        except (ConnectorException, psycopg.Error, OSError) as error:
            LOG.warning("the database does not answer", error=type(error).__name__)
        if not stopping.is_set():
            await _either(stopping.wait(), asyncio.sleep(PAUSE))


async def _serve(app: Flask, stopping: asyncio.Event, *, stalled_after: float, concurrency: int) -> None:
    async with connected(app).open_async() as opened:
        running = [
            asyncio.create_task(
                opened.run_worker_async(
                    queues=list(queues),  # psycopg sends a tuple as a record
                    concurrency=at_once,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    update_heartbeat_interval=stalled_after / 3,
                    stalled_worker_timeout=stalled_after,
                    task_middleware=[_inside(app)],
                )
            )
            for queues, at_once in ((QUEUES, concurrency), (CALLING, CALLS))
        ]
        running.append(asyncio.create_task(_rescue_often(opened, stalled_after=stalled_after)))
        try:
            await _either(stopping.wait(), *running)
        finally:
            for each in running:
                each.cancel()  # which procrastinate takes as: finish what runs, then stop
            for each in running:
                with contextlib.suppress(asyncio.CancelledError):
                    await each


async def _either(*awaitables: Any) -> None:
    """Wait for the first to end. Those that are ours alone are cancelled; errors show when they are awaited."""
    tasks = [asyncio.ensure_future(each) for each in awaitables]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task, given in zip(tasks, awaitables, strict=True):
        if task is not given:
            task.cancel()


def connected(app: Flask) -> procrastinate.App:
    """The queue with connections of its own to the app's database."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
    made = queue.with_connector(
        PsycopgConnector(conninfo=url.render_as_string(hide_password=False), min_size=1, max_size=6)
    )
    made.periodic_registry = _periodic(made)
    return made


def _periodic(made: procrastinate.App) -> PeriodicRegistry:
    """What is enqueued by the clock, through these connections: a task knows those it was registered with, which are none."""
    registry = PeriodicRegistry()  # type: ignore[no-untyped-call]
    for each in queue.periodic_registry.periodic_tasks.values():
        task = copy.copy(each.task)
        task.blueprint = made
        registry.register_task(
            task=task, cron=each.cron, periodic_id=each.periodic_id, configure_kwargs={**each.configure_kwargs}
        )
    return registry


def _inside(app: Flask) -> Callable[..., Any]:
    """Run each task inside the app, as a request does."""

    def run(call_next: Callable[[], Any], *_: Any) -> Any:
        with app.app_context():
            return call_next()

    return run


async def _rescue_often(opened: procrastinate.App, *, stalled_after: float) -> None:
    while True:
        await rescue(opened, stalled_after=stalled_after)
        await asyncio.sleep(stalled_after / 2)


async def rescue(opened: procrastinate.App, *, stalled_after: float) -> int:
    """Put back the jobs of dead workers. How many there were."""
    manager = opened.job_manager
    await manager.prune_stalled_workers(stalled_after)
    rescued = 0
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=stalled_after):
        with contextlib.suppress(ConnectorException):  # another worker was first
            await manager.retry_job(job)
            rescued += 1
    return rescued
