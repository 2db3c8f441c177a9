"""A worker that is killed in the middle of an import loses nothing and doubles nothing."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core.config import CHECKOUT
from core.contacts.models import ContactPoint
from core.customers.models import Customer, CustomerIdentifier
from core.db import scope
from core.imports import service
from core.imports.contents import content_of
from core.imports.models import ImportRow
from core.jobs.models import BulkRun
from core.jobs.tasks import set_going

ROWS = 12_000
PATIENCE = 120.0


@pytest.fixture
def environment(config: Any, database: Any) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if name != "KEHUB_DATA_DIR"}
    return {**given, "KEHUB_DATA_DIR": str(config.data_dir)}


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "core.cli", "worker", "--stalled-after", "2"]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(found: Callable[[], Any], what: str) -> Any:
    """Look every now and then, for as long as it may reasonably take."""
    end = time.monotonic() + PATIENCE
    clock = threading.Event()
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        clock.wait(0.05)
    raise AssertionError(f"{what} did not happen in {PATIENCE:.0f} s")


def started(session: Any, world: Any, app: Any) -> UUID:
    lines = (f"A{number},Ann {number},138{number:08},{number % 90}\n" for number in range(ROWS))
    data = "customer id,name,phone,在网时长\n" + "".join(lines)
    context = world.alice.context
    scope.enter(session, context)
    view = app.extensions["kehub"]["catalog"].view(context.enabled)
    content, stream = content_of(view, {}), io.BytesIO(data.encode())
    run = service.receive(session, content=content, stream=stream, name="many.csv", limit=10**7)
    service.load(session, run=run, view=view)
    set_going(session, context=context, run=run)
    run_id = run.id
    session.commit()
    return run_id


def seen(session: Any, world: Any, run_id: UUID) -> BulkRun:
    session.rollback()
    scope.enter(session, world.alice.context)
    return session.scalars(select(BulkRun).where(BulkRun.id == run_id)).one()


def counted(session: Any, model: Any) -> int:
    return int(session.scalar(select(func.count(model.id))) or 0)


@pytest.mark.slow
def test_killed_workers_lose_and_double_nothing(
    session: Any, world: Any, app: Any, environment: dict[str, str]
) -> None:
    run_id = started(session, world, app)
    reached = 0
    for _ in range(2):
        with worker(environment) as process:
            until(lambda done=reached: seen(session, world, run_id).cursor > done, "a slice")
            process.send_signal(signal.SIGKILL)
            process.wait()
        run = seen(session, world, run_id)
        reached = run.cursor
        assert run.state == "running"
        # What is told is what was done, also in the moment of the kill.
        assert counted(session, Customer) == counted(session, ImportRow) == run.counts["created"] < ROWS

    with worker(environment) as process:
        until(lambda: seen(session, world, run_id).state == "done", "the end of the import")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0

    run = seen(session, world, run_id)
    assert run.counts == {"created": ROWS, "updated": 0, "unchanged": 0, "rejected": 0, "warned": 0}
    for model in (Customer, CustomerIdentifier, ContactPoint, ImportRow):
        assert counted(session, model) == ROWS
    first, last = session.execute(select(func.min(Customer.number), func.max(Customer.number))).one()
    assert (first, last) == (1001, 1000 + ROWS)
