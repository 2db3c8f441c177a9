"""The slices that fill or empty slots: rows are touched in order of their ids, and a trigger copies what belongs there.

A row written by a statement that began before the slot was given has no copy yet, so the first slice waits until whoever was
writing then has ended. Who only reads, or has not written yet, is not waited for: its next statement knows of the slot.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.fields.models import FieldSlot
from core.fields.slots import model_of, rows_of, settle
from core.jobs.models import BulkRun

BATCH = 500

_NOW = text("SELECT now()").execution_options(**scope.PLATFORM)
_STILL_RUNNING = text(
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND xact_start < :since AND (backend_xid IS NOT NULL"
    " OR state = 'active' AND query_start > clock_timestamp() - interval '10 seconds'))"
).execution_options(**scope.PLATFORM)


def fill(session: Session, *, context: Context, run: BulkRun, until: float) -> bool:  # noqa: ARG001 - a Slice
    """One slice: `run.settings` name the target and the last row touched. Whether more is left."""
    target, last = run.settings["target"], run.settings["last"]
    if "since" not in run.settings:
        run.settings = {**run.settings, "since": session.execute(_NOW).scalar_one().isoformat()}
    since = datetime.fromisoformat(run.settings["since"])
    if last is None and session.scalar(_STILL_RUNNING, {"since": since}):
        time.sleep(max(0.0, min(0.2, until - time.monotonic())))
        return True
    more = True
    done = 0
    while more and time.monotonic() < until:
        ids = _next_ids(session, target, UUID(last) if last else None)
        if ids:
            _touch(session, target, ids)
            last, done = str(ids[-1]), done + len(ids)
        more = len(ids) == BATCH
    run.settings = {**run.settings, "last": last}
    run.counts = {"rows": run.counts.get("rows", 0) + done}
    run.cursor += done
    if not more:
        settle(session, rows=session.scalars(select(FieldSlot).where(FieldSlot.run_id == run.id)).all())
    return more


def _next_ids(session: Session, target: str, last: UUID | None) -> list[UUID]:
    model = model_of(target)
    wanted = rows_of(target).order_by(model.id).limit(BATCH)
    return list(session.scalars(wanted if last is None else wanted.where(model.id > last)))


def _touch(session: Session, target: str, ids: list[UUID]) -> None:
    """Neither version nor time of change: nothing anybody sees has changed."""
    model: Any = model_of(target)
    statement = (
        update(model)
        .where(model.id.in_(ids))
        .values(attributes=model.attributes, version=model.version, updated_at=model.updated_at)
    )
    session.execute(statement.execution_options(synchronize_session=False))
