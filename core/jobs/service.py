"""Long acts in slices: one `bulk_run` row, one job at a time, each slice one transaction that enqueues the next.

1. `create_run` makes the row, `set_going` starts it: it is running and its first job is enqueued, in the act's transaction.
2. A slice works for `SLICE_SECONDS`, moves the cursor and counts what it did; the job commits all of it together with its
   own continuation (`core.jobs.tasks`), so a killed worker loses and doubles nothing.
3. A job carries the row's version. A job whose run has moved on since (it was started twice) does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.context import Context
from core.errors import N_, Conflict, DomainError, NotFound
from core.jobs.models import BulkRun

SLICE_SECONDS = 0.8
"""What one slice may take: a small act behind a long one then waits less than a second."""

ENDED = ("done", "failed", "cancelled")


class Slice(Protocol):
    """One slice of a kind of run, in the run's transaction and scope; `until` is a reading of `time.monotonic`.

    Returns whether more is left. When nothing is and the slice has not set a state itself, the run is done.
    """

    def __call__(self, session: Session, *, context: Context, run: BulkRun, until: float) -> bool: ...


_kinds: dict[str, Slice] = {}

REFUSALS: list[Callable[[Session, str], None]] = []
"""Asked with a run's kind before each slice; raises a DomainError where the tenant's state forbids it. Filled by `app.py`."""


def register(kind: str, work: Slice) -> None:
    """Say what a slice of a kind of run does (at boot, in `app.py`)."""
    _kinds[kind] = work


def create_run(
    session: Session,
    *,
    kind: str,
    settings: Mapping[str, Any],
    total: int | None = None,
    engagement_id: UUID | None = None,
) -> BulkRun:
    """A run that waits; with an `engagement_id` it will work as that engagement's people."""
    run = BulkRun(
        kind=kind, state="waiting", settings=dict(settings), total=total, cursor=0, counts={},
        engagement_id=engagement_id,
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run


def locked_run(session: Session, *, run_id: UUID) -> BulkRun:
    """The run, locked until the transaction ends. Raises NotFound."""
    run = session.scalar(select(BulkRun).where(BulkRun.id == run_id).with_for_update().execution_options(**_FRESH))
    if run is None:
        raise NotFound
    return run


_FRESH: dict[str, Any] = {"populate_existing": True}


def begin(session: Session, *, run: BulkRun) -> None:
    """Let a waiting run begin. Raises Conflict where it has begun or ended."""
    if run.state != "waiting":
        raise Conflict(N_("This has already been started."))
    run.state, run.started_at = "running", datetime.now(UTC)
    session.flush()


def work(
    session: Session, *, context: Context, run_id: UUID, version: int | None = None, seconds: float | None = None
) -> BulkRun | None:
    """Work one slice. The run where more is left, else None. Nothing is done where the run is not at `version`."""
    run = locked_run(session, run_id=run_id)
    if run.state != "running" or (version is not None and run.version != version):
        return None
    for refuse in REFUSALS:
        refuse(session, run.kind)
    until = time.monotonic() + (SLICE_SECONDS if seconds is None else seconds)
    more = _kinds[run.kind](session, context=context, run=run, until=until)
    if not more and run.state == "running":
        run.state, run.finished_at = "done", datetime.now(UTC)
    session.flush()
    return run if more else None


def fail(session: Session, *, run_id: UUID, error: DomainError) -> None:
    """Note why a run did not go on. What its earlier slices did stays done and counted."""
    run = locked_run(session, run_id=run_id)
    if run.state in ENDED:
        return
    run.state, run.finished_at = "failed", datetime.now(UTC)
    run.error = {
        "code": error.code,
        "message": error.message,
        "params": {
            name: value if isinstance(value, int | float) else str(value) for name, value in error.params.items()
        },
    }
    session.flush()


def cancel(session: Session, *, run_id: UUID) -> BulkRun:
    """Stop a run after its current slice. Raises Conflict where it has ended."""
    run = locked_run(session, run_id=run_id)
    if run.state in ENDED:
        raise Conflict(N_("This has already ended."))
    run.state, run.finished_at = "cancelled", datetime.now(UTC)
    session.flush()
    return run


Told = Callable[[BulkRun], None]
