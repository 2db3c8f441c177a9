"""Do what a clock that has run out asks for: a run in slices, each looked at anew, so that a hold that came meanwhile stops it.

Rows go in order of their ids. A person is erased as by their own request (`erasure`). Of other rows what they say is blanked, as
`forgetting.RULES` has it; comments and steps of a case, which nobody else may change, by the eraser's role, case by case, once the
case's own row says that its time has run out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from core.attachments import service as attachments
from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.errors import Conflict
from core.jobs.models import BulkRun
from core.plugin.types import PersonalData
from core.privacy import erasure, forgetting, packages, retention
from core.privacy.retention import Clock, Span
from core.privacy.retention_models import RetentionClock
from core.records.models import RecordIdentifier

KIND = "retention.act"
BATCH = 200
DECLARED: list[Callable[[], Mapping[str, PersonalData]]] = []
"""What verticals say of their own tables, filled by `app.py`."""

_ROLE = text("SELECT current_setting('role')").execution_options(**scope.PLATFORM)
_AS_ERASER = text(
    "SELECT set_config('app.lapsed', :case, true), set_config('role', current_database() || '_eraser', true)"
).execution_options(**scope.PLATFORM)
_BACK = text("SELECT set_config('app.lapsed', '', true), set_config('role', :role, true)").execution_options(
    **scope.PLATFORM
)


def act(session: Session, *, context: Context, run: BulkRun, until: float) -> bool:
    """One slice. What fell due later than the run was confirmed is not touched."""
    clock = retention.clocks()[str(run.settings["clock"])]
    if _held(session, clock):
        run.state, run.finished_at = "cancelled", datetime.now(UTC)
        return _done(session, context, clock, run)
    given = _spans(run)
    while time.monotonic() < until:
        last = run.settings.get("after")
        wanted = retention.due(clock, given).order_by(clock.model.id).limit(1 if clock.key == "person" else BATCH)
        rows = session.execute(wanted.where(clock.model.id > UUID(last)) if last else wanted).all()
        if not rows:
            return _done(session, context, clock, run)
        left = _DO[clock.key](session, context, clock, rows)
        run.settings = {**run.settings, "after": str(rows[-1].id)}
        run.cursor += len(rows)
        counts = {"done": len(rows) - left, "left": left}
        run.counts = {name: run.counts.get(name, 0) + value for name, value in counts.items()}
    return True


def settings_of(clock: Clock, given: Sequence[Span]) -> dict[str, Any]:
    """What a run keeps of the spans that somebody saw."""
    return {"clock": clock.key, "ended": {each.place: each.ended.isoformat() for each in given}}


def _spans(run: BulkRun) -> list[Span]:
    """The moments as they were confirmed. The parameters behind them are not asked again."""
    none: Any = None
    return [
        Span(place=place, months=0, ended=datetime.fromisoformat(at), parameter=none)
        for place, at in run.settings["ended"].items()
    ]


def _held(session: Session, clock: Clock) -> bool:
    wanted = select(RetentionClock.id).where(RetentionClock.clock == clock.key, RetentionClock.held_at.is_not(None))
    return session.scalar(wanted) is not None


def _done(session: Session, context: Context, clock: Clock, run: BulkRun) -> bool:
    row = session.scalars(select(RetentionClock).where(RetentionClock.clock == clock.key)).one()
    row.due, row.counted_at = retention.count(session, clock=clock, given=_spans(run), most=1000), datetime.now(UTC)
    audit.append(
        session, context=context, action="retention.stopped" if run.state == "cancelled" else "retention.done",
        subject=("retention_clock", row.id), details={"clock": clock.key, "run": str(run.id), **run.counts},
    )  # fmt: skip
    return False


def _erase(session: Session, context: Context, clock: Clock, rows: Sequence[Any]) -> int:  # noqa: ARG001 - as the others
    left = 0
    for row in rows:
        try:
            erasure.erase(session, context=context, customer_id=row.id, declared=DECLARED[0]())
            packages.forget(session, customer_id=row.id)
        except Conflict:  # held or merged since
            left += 1
    return left


def _blank(session: Session, context: Context, clock: Clock, rows: Sequence[Any]) -> int:  # noqa: ARG001 - as the others
    model = clock.model
    values = {**forgetting.RULES[model.__tablename__].values, **_EXTRA.get(clock.key, {})}
    _write(session, update(model).where(model.id.in_([row.id for row in rows])).values(
        **values, version=model.version + 1, updated_at=func.now(),
    ))  # fmt: skip
    return 0


_EXTRA: Mapping[str, Mapping[str, Any]] = {"timeline": {"note": None}, "cases": {"lapsed_at": func.now()}}
"""What is written beside the table's rule."""


def _blank_cases(session: Session, context: Context, clock: Clock, rows: Sequence[Any]) -> int:
    _blank(session, context, clock, rows)
    tables = {name: forgetting.models()[name].__table__ for name in ("case_bulk_row", "case_comment", "case_step")}
    ids = [row.id for row in rows]
    rows_of_acts = tables.pop("case_bulk_row")
    _write(session, update(rows_of_acts).where(rows_of_acts.c.case_id.in_(ids))
           .values(**forgetting.RULES["case_bulk_row"].values))  # fmt: skip
    session.flush()
    role = session.scalar(_ROLE)
    for case_id in ids:
        session.execute(_AS_ERASER, {"case": str(case_id)})
        for name, table in tables.items():
            _write(session, update(table).where(table.c.case_id == case_id).values(**forgetting.RULES[name].values))
        session.execute(_BACK, {"role": role})
    return 0


def _blank_records(session: Session, context: Context, clock: Clock, rows: Sequence[Any]) -> int:
    _blank(session, context, clock, rows)
    _write(session, delete(RecordIdentifier).where(RecordIdentifier.record_id.in_([row.id for row in rows])))
    return 0


def _remove(session: Session, context: Context, clock: Clock, rows: Sequence[Any]) -> int:  # noqa: ARG001 - as the others
    attachments.lapse(session, attachment_ids=[row.id for row in rows])
    return 0


def _write(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={**scope.RLS_ONLY, "synchronize_session": False})


_DO: Mapping[str, Callable[[Session, Context, Clock, Sequence[Any]], int]] = {
    "person": _erase, "interactions": _blank, "timeline": _blank, "cases": _blank_cases, "records": _blank_records,
    "attachments": _remove, "imports": _blank,
}  # fmt: skip
"""What is done to a batch, by clock; how many of it were left."""
