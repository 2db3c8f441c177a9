"""Read imports: the list of runs, one run, and what is to be told about its rows, grouped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.errors import N_, Invalid, NotFound
from core.files.models import StoredFile
from core.identity.models import Participant
from core.imports.contents import KINDS
from core.imports.models import ImportFile
from core.jobs.models import BulkRun

COLUMNS = (
    BulkRun.id, BulkRun.state, BulkRun.cursor, BulkRun.total, BulkRun.counts, BulkRun.settings, BulkRun.error,
    BulkRun.kind, BulkRun.version, BulkRun.created_at, BulkRun.started_at, BulkRun.finished_at, BulkRun.tenant_id,
    StoredFile.name, StoredFile.size, ImportFile.file_id, ImportFile.encoding, ImportFile.delimiter, ImportFile.header,
    ImportFile.mapping, ImportFile.source_id, Participant.shown_name.label("actor"), Participant.party,
)  # fmt: skip

GROUPS = text(
    "SELECT p.level, p.field, p.column, p.code, p.message, count(*) AS rows, min(r.line) AS line,"
    " (array_agg(p.at ORDER BY r.line))[1] AS at, (array_agg(p.params ORDER BY r.line))[1] AS params"
    " FROM import_row r CROSS JOIN LATERAL jsonb_to_recordset(r.problems)"
    ' AS p(level text, field text, "column" text, code text, message text, params jsonb, at bigint)'
    " WHERE r.tenant_id = :tenant AND r.run_id = :run AND r.problems <> '[]'"
    " GROUP BY p.level, p.field, p.column, p.code, p.message ORDER BY p.level, count(*) DESC, min(r.line) LIMIT 100"
).execution_options(**scope.RLS_ONLY)
"""Text, because a lateral record set of JSON has no mapped form; row-level security and the tenant's key hold it."""


@dataclass(frozen=True, kw_only=True)
class ProblemGroup:
    """The same thing said about many rows. `line`, `at` and `params` are those of the first."""

    level: str
    field: str
    column: str
    code: str
    message: str
    params: Mapping[str, Any]
    rows: int
    line: int
    at: int


def _runs() -> Any:
    return (
        select(*COLUMNS)
        .join(ImportFile, ImportFile.run_id == BulkRun.id)
        .join(StoredFile, StoredFile.id == ImportFile.file_id)
        .outerjoin(Participant, Participant.id == BulkRun.created_by)
        .where(BulkRun.kind.in_(KINDS))
    )


def run_page(session: Session, *, after: str | None = None, limit: int = 50) -> tuple[Sequence[Row[Any]], str | None]:
    """The newest imports, and the cursor of older ones. Raises Invalid for a cursor that is none."""
    chosen = _runs()
    if after:
        try:
            chosen = chosen.where(BulkRun.id < UUID(after))
        except ValueError:
            raise Invalid(N_("This page of the list cannot be found; begin with the first."), field="after") from None
    rows = session.execute(chosen.order_by(BulkRun.id.desc()).limit(limit + 1)).all()
    return rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None


def run_row(session: Session, *, run_id: UUID) -> Row[Any]:
    """One import. Raises NotFound."""
    row: Row[Any] | None = session.execute(_runs().where(BulkRun.id == run_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def problem_groups(session: Session, *, context: Context, run_id: UUID) -> list[ProblemGroup]:
    """What is to be told, errors first, the most frequent first."""
    rows = session.execute(GROUPS, {"tenant": context.tenant_id, "run": run_id})
    return [ProblemGroup(**row._mapping) for row in rows]
