"""Undo a run: put back what it changed, where nobody has changed it since.

1. The feature registers its kind of run (`register`, at boot) and keeps images while it works (`remember`).
2. `undo` asks who may, and puts a small run back at once, a large one in slices of a job: a run of its own, with counts.
3. What was changed, used, erased or put under a legal hold since is left and listed (`left_rows`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, exists, func, select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.errors import N_, Conflict, Denied, NotFound
from core.events import bus
from core.jobs import service as jobs
from core.jobs.models import BulkRun
from core.jobs.pace import Pace
from core.jobs.tasks import set_going
from core.plugin.types import Label
from core.undo.events import BulkRunReverted
from core.undo.models import BeforeImage
from core.undo.remembering import remember, statement
from core.undo.restoring import BATCH, COMPUTED, FOLLOWERS, Restorer

KIND = "undo"
AT_ONCE = 500
"""As many rows are put back while somebody waits."""
KEPT_SINCE: list[Callable[[Context], datetime]] = []
"""The moment since which runs must have ended to be undone: what rows were is personal, and hardly anybody would want it back. A
parameter with its source says how long, which the features above know; filled at boot."""
PIECE = 5000
NO_COUNTS = {"restored": 0, "removed": 0, "left": 0}

__all__ = [
    "AT_ONCE", "COMPUTED", "FOLLOWERS", "KIND", "UNDOABLE", "Undoable", "forget", "forget_old", "register", "remember", "state_of",
    "statement", "undo",
]  # fmt: skip

More = Callable[[Session, BulkRun, BulkRun], int]
"""Makes images of rows that the feature has noted elsewhere, some at a time: of the run, for the undo's run (whose `cursor` is
its own to use). How many; 0 when there are no more."""


@dataclass(frozen=True, kw_only=True)
class Undoable:
    """A kind of run that can be undone. `noted` counts rows of a run that are no images yet, which `more` makes."""

    permission: str
    label: Label
    noted: Callable[[Session, Any], int] | None = None
    more: More | None = None


UNDOABLE: dict[str, Undoable] = {}


def register(kind: str, how: Undoable) -> None:
    """Say that runs of a kind can be undone (at boot)."""
    UNDOABLE[kind] = how


@dataclass(frozen=True, kw_only=True)
class State:
    """Whether a run can be undone, is being undone, or was. `rows`: how many there are to put back."""

    can: bool
    rows: int
    undo: BulkRun | None


def state_of(session: Session, *, context: Context, run: BulkRun | Row[Any]) -> State:
    """What a page shows of a run."""
    how = UNDOABLE.get(run.kind)
    if how is None:
        return State(can=False, rows=0, undo=None)
    done = undo_of(session, run=run)
    rows = 0 if done else _rows(session, context, run=run)
    ended = run.state in jobs.ENDED
    return State(can=done is None and ended and rows > 0 and context.may(how.permission), rows=rows, undo=done)


def undo_of(session: Session, *, run: BulkRun | Row[Any]) -> BulkRun | None:
    """The run that undoes this one, if there is one."""
    undone_by = run.settings.get("undone_by")
    return session.get(BulkRun, (run.tenant_id, UUID(undone_by))) if undone_by else None


def undo(session: Session, *, context: Context, run: BulkRun, now: bool = False) -> BulkRun:
    """Undo a run that has ended; the undo's own run, done where there are few rows (or `now`), else going.

    Raises NotFound for a kind that cannot be undone, Denied, and Conflict where it has not ended or was undone.
    """
    run = jobs.locked_run(session, run_id=run.id)
    how = UNDOABLE.get(run.kind)
    if how is None:
        raise NotFound
    if not context.may(how.permission):
        raise Denied
    if run.state not in jobs.ENDED:
        raise Conflict(N_("This is not finished yet, so it cannot be undone. Stop it first."))
    if run.settings.get("undone_by"):
        raise Conflict(N_("This has already been undone."))
    rows = _rows(session, context, run=run)
    if not rows:
        raise Conflict(N_("There is nothing to undo: what was changed is no longer kept."))
    made = jobs.create_run(session, kind=KIND, settings={"of": str(run.id), "kind": run.kind}, total=rows)
    made.counts = dict(NO_COUNTS)
    run.settings = {**run.settings, "undone_by": str(made.id)}
    if now or rows <= AT_ONCE:
        jobs.begin(session, run=made)
        while undo_slice(session, context=context, run=made, until=time.monotonic() + 60):
            pass
        made.state, made.finished_at = "done", datetime.now(UTC)
        session.flush()
    else:
        set_going(session, context=context, run=made)
    return made


def undo_slice(session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
    """A slice of an undo, as the job queue calls it: images until the time is nearly over."""
    of = session.get(BulkRun, (run.tenant_id, UUID(run.settings["of"])))
    if of is None:
        raise NotFound
    how = UNDOABLE[of.kind]
    restorer = Restorer(session, context=context, run_id=of.id)
    more, pace = True, Pace(until, most=BATCH)
    while more and (limit := pace.rows()):
        looked_at = restorer.batch(limit=limit)
        pace.did(looked_at)
        if not looked_at:
            more = bool(how.more and how.more(session, of, run))
    run.counts = {name: run.counts.get(name, 0) + count for name, count in restorer.counts.items()}
    if not more:
        _finish(session, context=context, run=run, of=of)
    return more


def _finish(session: Session, *, context: Context, run: BulkRun, of: BulkRun) -> None:
    details = {**run.counts, "kind": of.kind, "count": run.counts["restored"] + run.counts["removed"]}
    audit.append(session, context=context, action="bulk_run.reverted", subject=("bulk_run", of.id), details=details)
    bus.emit(session, BulkRunReverted(context=context, subject=of.id, kind=of.kind, counts=dict(run.counts)))


def _rows(session: Session, context: Context, *, run: BulkRun | Row[Any]) -> int:
    """How many rows there are to put back: none of a run whose images are forgotten, or will be tonight."""
    if run.finished_at is not None and run.finished_at < KEPT_SINCE[0](context):
        return 0
    kept = session.scalar(select(func.count(BeforeImage.id)).where(BeforeImage.run_id == run.id)) or 0
    noted = UNDOABLE[run.kind].noted
    return int(kept) + (noted(session, run) if noted else 0)


def left_rows(session: Session, *, run_id: UUID, after: int | None = None, limit: int = 50) -> list[Any]:
    """What an undo left of a run, latest first: position, table_name, row_id, customer_id, customer number, reason."""
    found = session.execute(
        text(
            "SELECT b.position, b.table_name, b.row_id, b.customer_id, c.number, b.reason FROM before_image b"
            " LEFT JOIN customer c ON c.tenant_id = b.tenant_id AND c.id = b.customer_id"
            " WHERE b.tenant_id = :tenant AND b.run_id = :run AND b.reason <> 'undone'"
            " AND b.position < :after ORDER BY b.position DESC LIMIT :limit"
        ).execution_options(**scope.RLS_ONLY),
        {"tenant": scope.current(session).tenant_id, "run": run_id, "after": after or 2**62, "limit": limit},
    )
    return list(found)


def forget(session: Session, *, customer_ids: Collection[UUID]) -> int:
    """Forget what rows of these customers were (erasure): nothing of it can come back. How many images."""
    done: Any = session.execute(delete(BeforeImage).where(BeforeImage.customer_id.in_(list(customer_ids))))
    return int(done.rowcount)


def forget_old(session: Session, *, context: Context, limit: int = PIECE) -> int:
    """Forget images of runs that ended too long ago, some at a time; those of a customer under a legal hold wait. How many."""
    customer = BeforeImage.metadata.tables["customer"].c
    held = exists().where(
        customer.tenant_id == BeforeImage.tenant_id, customer.id == BeforeImage.customer_id, customer.legal_hold
    )
    old = select(BeforeImage.id).join(BulkRun, BulkRun.id == BeforeImage.run_id)
    old = old.where(BulkRun.finished_at < KEPT_SINCE[0](context), ~held)
    done: Any = session.execute(
        delete(BeforeImage).where(BeforeImage.id.in_(old.limit(limit))).execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def plain(counts: Mapping[str, int]) -> Mapping[str, int]:
    return {**NO_COUNTS, **counts}
