"""Bring a batch of parsed rows into the tables with a handful of set-based statements, whatever its size.

1. COPY into a temporary table (COPY is refused under row-level security), compiled from the core columns mapped.
2. Say what becomes of each row: met before in this file, taken number, unknown, changed, the same.
3. Unless it is a rehearsal: keep what will be changed, insert and update customers, their numbers, contact points and consents.
4. Keep each row's outcome, which is also what an undo goes by.

The statements are text, past the ORM's own wall: a batch touches thousands of rows, and row-level security holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.audit import keys
from core.context import Context
from core.db import scope
from core.fields import slots
from core.imports import further_sql, problems, targets
from core.imports.images import Images
from core.imports.mapping import ColumnMapping
from core.imports.problems import Problem, problem
from core.imports.staging import Staged, Staging
from core.imports.statements import Statements
from core.jobs.models import BulkRun
from core.tenants import service as tenants


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What became of a batch. `warned` rows were imported with something to be told."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    warned: int = 0


class Loader:
    """Built once a slice. `fill`: existing customers only get what they do not have yet."""

    def __init__(
        self, session: Session, *, context: Context, run: BulkRun, mapping: ColumnMapping, staging: Staging,
        rehearsal: bool, fill: bool, clears: bool = False, file: str = "",
    ) -> None:  # fmt: skip
        self._session = session
        self._context = context
        self._rehearsal = rehearsal
        self._further, self._core, self._points = staging.further, staging.core, staging.points
        column = next(name for name, target in mapping.columns.items() if target == mapping.identify_by)
        key: dict[str, Any] = {"target": mapping.identify_by, "column": column}
        self._said = {
            "duplicate": _json(problem("duplicate", problems.DUPLICATE, **key)),
            "repeated": _json(problem("repeated", problems.REPEATED, level="warning", **key)),
            "erased": _json(problem("erased", problems.ERASED, **key)),
            "required": _json(problem("required", problems.REQUIRED)),
            "taken": _json(problem("taken", problems.TAKEN)),
            "ambiguous": _json(problem("ambiguous", problems.AMBIGUOUS, **key)),
            "unknown": _json(problem("unknown", problems.UNKNOWN, **key)),
        }
        names = mapping.identify_by if mapping.identify_by in targets.FINDING else ""
        of_slots = slots.expressions(
            session, target="customer", fields=list(mapping.columns.values()), attributes="s.attributes"
        )
        self._sql = Statements(
            core=self._core, fill=fill, clears=clears, key=names, further=self._further, slots=of_slots
        )
        self._images = Images(self._sql, core=self._core, points=self._points, further=self._further)
        self._values = {
            "tenant": context.tenant_id,
            "run": run.id,
            "author": context.participant_id,
            "scheme": mapping.identify_by.partition(":")[2],
            "file": file,
        }
        self._held = further_sql.mark_held(fill=fill)
        for statement in (self._sql.make_stage, self._sql.make_numbers, *self._sql.indexes):
            self._run(statement)
        if self._further:
            self._run(further_sql.MAKE)
            self._run(further_sql.INDEX)

    def load(self, batch: Staged) -> Counts:
        """One batch. The rows' outcomes are counted after everything is done."""
        self._run(self._sql.clear)
        self._copy("import_stage", self._sql.stage_columns, batch.rows)
        self._copy("import_number", self._sql.number_columns, batch.numbers)
        if self._further:
            self._run(further_sql.CLEAR)
            self._copy("import_further", further_sql.COLUMNS, batch.further)
        self._judge()
        if not self._rehearsal:
            self._apply(batch.sealed)
        self._run(self._sql.keep_outcomes)
        return self._count()

    def _judge(self) -> None:
        """An outcome for every row, in the order in which a reader would decide."""
        self._run(self._sql.find_holders)
        self._run(self._sql.follow_merged)
        self._run(self._sql.count_numbers)
        self._run(self._sql.find_customers, ambiguous=self._said["ambiguous"])
        self._run(self._sql.count_stage)
        if self._sql.key == targets.NUMBER:
            self._run(self._sql.reject_unknown, said=self._said["unknown"])
        self._run(self._sql.reject_erased, said=self._said["erased"])
        self._run(self._sql.reject_incomplete, said=self._said["required"])
        self._run(self._sql.reject_duplicates, duplicate=self._said["duplicate"], repeated=self._said["repeated"])
        self._run(self._sql.reject_same_customer, duplicate=self._said["duplicate"])
        self._run(self._sql.reject_taken, said=self._said["taken"])
        if self._further:
            self._run(self._held)
        self._run(self._sql.judge_rest, loading=not self._rehearsal)

    def _apply(self, sealed: dict[tuple[int, str], str]) -> None:
        changes = self._session.execute(self._text(self._sql.count_changes)).one()
        if changes.created:
            numbers = tenants.next_numbers(self._session, kind="customer", count=changes.created)
            self._run(slots.GIVEN)
            self._run(self._sql.insert_customers, first=numbers[0])
            self._run(slots.TAKEN)
            for kind in self._points:
                self._run(self._sql.insert_points(kind))
        if changes.updated:
            self._run(self._images.of_customers)
            for kind in self._points:
                for statement in self._images.of_point(kind):
                    self._run(statement)
                self._run(self._sql.prefer_no_point(kind))
                self._run(self._sql.upsert_points(kind))
            self._run(self._sql.update_customers)
        if sealed:
            self._seal(sealed)
        self._run(self._sql.insert_numbers)
        for statement in further_sql.INSERT if self._further else ():
            self._run(statement)
        for statement in self._images.of_new_rows() if changes.updated else ():
            self._run(statement)

    def _seal(self, sealed: dict[tuple[int, str], str]) -> None:
        """Encrypt the document and card numbers that are new, each under its customer's own data key."""
        tenant_id = self._context.tenant_id
        fresh = self._session.execute(self._text(self._sql.new_sealed_numbers), self._values).all()
        made: dict[Any, bytes] = {}
        for row in fresh:
            key = row.data_key or made.get(row.customer_id)
            if key is None:
                key = made[row.customer_id] = keys.new_data_key(tenant_id)
                self._run(self._sql.give_data_key, customer=row.customer_id, key=key)
            clear = sealed[row.line, row.scheme]
            self._run(self._sql.put_sealed, id=row.id, sealed=keys.encrypt(clear, data_key=key, tenant_id=tenant_id))

    def _count(self) -> Counts:
        rows = self._session.execute(self._text(self._sql.count_outcomes)).all()
        counted: dict[str, int] = {row.outcome: row.rows for row in rows}
        return Counts(**counted, warned=sum(row.warned for row in rows))

    def _run(self, statement: str, **values: Any) -> None:
        self._session.execute(self._text(statement), {**self._values, **values})

    def _text(self, statement: str) -> Any:
        return text(statement).execution_options(**scope.RLS_ONLY)

    def _copy(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        driver: Any = self._session.connection().connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _json(value: Problem | Any) -> str:
    return orjson.dumps(value).decode()
