# ruff: noqa: S608 - the parts are names of our own tables and columns, never anything typed
"""What an import keeps so that it can be undone, and how it is undone.

Customers that it changed leave an image, and so do their numbers and contact points that it changed or added. Customers that it
made need none: the report's rows name them, and what was made with them goes with them. `made_customers` turns those rows into
images when somebody undoes the import, some at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.db import scope
from core.imports import policy
from core.imports.models import ImportRow
from core.imports.statements import Statements
from core.jobs.models import BulkRun
from core.undo import service as undo

PIECE = 500

UPDATED = "SELECT s.customer_id FROM import_stage s WHERE s.outcome = 'updated'"
POINT_COLUMNS = ("value", "preferred", "stale_since")
ADDED = "SELECT f.id FROM import_further f JOIN import_stage s ON s.line = f.line WHERE s.outcome = 'updated' AND f.what = '{}'"


class Images:
    """The statements that remember, compiled once a slice."""

    def __init__(self, sql: Statements, *, core: Sequence[str], points: Sequence[str], further: bool) -> None:
        columns = [*core, "name_key", "name_sound", "attributes"]
        self.of_customers = undo.statement("customer", rows=UPDATED, columns=columns)
        self._sql, self._points, self._further = sql, points, further

    def of_point(self, kind: str) -> Iterator[str]:
        """Before the preferred one of a kind is another: the one that was, and the one that will be if it is there."""
        for rows in self._sql.points_touched(kind):
            yield undo.statement("contact_point", rows=rows, columns=POINT_COLUMNS)

    def of_new_rows(self) -> Iterator[str]:
        """After everything is written: what customers that were there before got in addition."""
        numbers = "SELECT n.id FROM import_number n JOIN import_stage s ON s.line = n.line WHERE s.outcome = 'updated'"
        yield undo.statement("customer_identifier", rows=f"{numbers} AND n.held_by IS NULL", act="made")
        for kind in self._points:
            rows = f"SELECT s.{kind}_id FROM import_stage s WHERE s.outcome = 'updated' AND s.{kind}_id IS NOT NULL"
            yield undo.statement("contact_point", rows=rows, act="made")
        if self._further:
            for what, table in (("point", "contact_point"), ("consent", "consent"), ("silence", "do_not_contact")):
                yield undo.statement(table, rows=ADDED.format(what), act="made")


MAKE = text(
    "INSERT INTO before_image (tenant_id, id, run_id, position, table_name, row_id, customer_id, version_after)"
    " SELECT r.tenant_id, gen_random_uuid(), r.run_id, r.line, 'customer', r.customer_id, r.customer_id,"
    " coalesce((SELECT b.version_after FROM before_image b WHERE b.tenant_id = r.tenant_id AND b.row_id = r.customer_id"
    "  AND b.table_name = 'customer' AND b.reason = 'undone' ORDER BY b.version_after DESC LIMIT 1), 1) FROM ("
    "  SELECT tenant_id, run_id, line, customer_id FROM import_row WHERE tenant_id = :tenant AND run_id = :run"
    "  AND outcome = 'created' AND customer_id IS NOT NULL AND line < :before ORDER BY line DESC LIMIT :piece) r"
    " RETURNING position"
).execution_options(**scope.RLS_ONLY)


def made_customers(session: Session, of: BulkRun, run: BulkRun) -> int:
    """Images of customers that the import made, from the file's end; the undo's `cursor` is the line it has come to."""
    values: dict[str, Any] = {"tenant": of.tenant_id, "run": of.id, "before": run.cursor or 2**62, "piece": PIECE}
    lines = session.execute(MAKE, values).scalars().all()
    if lines:
        run.cursor = min(lines)
        session.flush()
    return len(lines)


def count_made(session: Session, run: BulkRun) -> int:
    if run.settings.get("phase") != "importing":
        return 0
    made = select(func.count(ImportRow.id)).where(ImportRow.run_id == run.id, ImportRow.outcome == "created")
    return int(session.scalar(made) or 0)


UNDOABLE = undo.Undoable(
    permission=policy.RUN,
    label={"zh-CN": "客户导入", "en": "Import of customers"},
    noted=count_made,
    more=made_customers,
)
