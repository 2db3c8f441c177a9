"""Say of imported rows that their customer resembles another one: told by whoever compares customers, after the import."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.db import scope
from core.errors import N_
from core.imports.models import ImportRow
from core.imports.problems import problem
from core.jobs.models import BulkRun

CODE = "possible_duplicate"
RESEMBLES = N_("This may be a customer that was there before: look under duplicates.")

_TELL = text(
    "UPDATE import_row SET problems = problems || cast(:told AS jsonb), version = version + 1"
    " WHERE tenant_id = :tenant AND run_id = :run AND outcome = 'created' AND customer_id = ANY(cast(:ids AS uuid[]))"
    " AND NOT problems @> cast(:code AS jsonb)"
).execution_options(**scope.RLS_ONLY)


def made_by(session: Session, *, run_id: UUID, customer_ids: Collection[UUID]) -> set[UUID]:
    """Of these customers those that a run made."""
    row = ImportRow
    wanted = select(row.customer_id).where(
        row.run_id == run_id, row.outcome == "created", row.customer_id.in_(list(customer_ids))
    )
    return {each for each in session.scalars(wanted) if each is not None}


def tell(session: Session, *, run_id: UUID, customer_ids: Collection[UUID]) -> int:
    """Add the warning to the rows that made these customers; how many did not have it."""
    if not customer_ids:
        return 0
    told = problem(CODE, RESEMBLES, level="warning")
    done = session.execute(
        _TELL,
        {
            "tenant": scope.current(session).tenant_id, "run": run_id, "ids": list(customer_ids),
            "told": orjson.dumps([told]).decode(), "code": orjson.dumps([{"code": CODE}]).decode(),
        },
    )  # fmt: skip
    _count(session, run_id)
    return int(done.rowcount)  # type: ignore[attr-defined]


def _count(session: Session, run_id: UUID) -> None:
    """The run's own figure of rows with something to be told."""
    row = ImportRow
    warned = select(func.count()).where(row.run_id == run_id, row.outcome != "rejected", row.problems != [])
    run = session.scalars(select(BulkRun).where(BulkRun.id == run_id).with_for_update()).one()
    run.counts = {**run.counts, "warned": session.scalar(warned) or 0}
    session.flush()
