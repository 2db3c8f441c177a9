# ruff: noqa: S608 - the parts are names of our own tables and columns, never anything typed
"""Put a batch of before-images back, last in first out.

1. Images of one table that follow each other are one group, and one statement. 2. A changed row gets its former values and a
version *above* the present one, so that nobody who has seen what is undone can write over it; images that earlier runs keep
of the row follow its version. 3. A removed row comes back as it was. 4. A row that the run made goes, unless something hangs
on it that was not made with it. What cannot be done is left, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.walls import quote
from core.undo.remembering import DERIVED, SEALS, restorable, tables

BATCH = 500

COMPUTED: set[str] = set()
"""Tables whose rows are computed from others, such as search keys: they keep no row from going. Filled at boot."""

Follower = Callable[[Session, Context, Sequence[UUID]], None]
FOLLOWERS: dict[str, list[Follower]] = {}
"""By table: told the ids of rows that were put back (not of those that went), in the same transaction. Filled at boot."""

PICK = text(
    "SELECT b.id, b.table_name, b.row_id, b.was IS NULL AS made, b.was IS NOT NULL AND b.version_after IS NULL AS removed,"
    " CASE WHEN c.state = 'erased' THEN 'erased' WHEN c.legal_hold THEN 'held' END AS refused"
    " FROM before_image b LEFT JOIN customer c ON c.tenant_id = b.tenant_id AND c.id = b.customer_id"
    " WHERE b.tenant_id = :tenant AND b.run_id = :run AND b.reason IS NULL ORDER BY b.position DESC LIMIT :limit"
).execution_options(**scope.RLS_ONLY)
"""A follower of a batch's rows: those of a customer that was erased or is under a hold are left."""

PLANNER = text(
    "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),"
    " set_config('enable_seqscan', 'off', true)"
).execution_options(**scope.RLS_ONLY)
"""Of a new tenant the statistics say nothing: each row is looked up by its key, whatever they say."""


class Restorer:
    """Built once a slice. `counts` tells what was done: restored, removed, left."""

    def __init__(self, session: Session, *, context: Context, run_id: UUID) -> None:
        self._session = session
        self._context = context
        self._values = {"tenant": context.tenant_id, "run": run_id}
        self.counts = {"restored": 0, "removed": 0, "left": 0}
        session.flush()
        session.execute(PLANNER)

    def batch(self, *, limit: int) -> int:
        """Put back the next images; how many were looked at."""
        images = self._session.execute(PICK, {**self._values, "limit": limit}).all()
        for (table, made, removed, refused), group in groupby(images, key=_sort):
            found = list(group)
            if refused:
                self._leave([each.id for each in found], refused)
                continue
            put = self._remove if made else self._insert if removed else self._update
            self._with_care(tables()[table], found, put)
        self._session.expire_all()
        return len(images)

    def _with_care(self, table: Table, images: list[Row[Any]], put: Callable[[Table, list[Row[Any]]], None]) -> None:
        """All at once; row by row where the database refuses one, which is then left."""
        before = dict(self.counts)
        try:
            with self._session.begin_nested():
                put(table, images)
        except IntegrityError:
            self.counts = before
            if len(images) == 1:
                self._leave([images[0].id], "clash")
                return
            for each in images:
                self._with_care(table, [each], put)

    def _update(self, table: Table, images: list[Row[Any]]) -> None:
        names = restorable(table)
        listed, former = ", ".join(map(quote, names)), ", ".join(f"r.{quote(name)}" for name in names)
        now = self._run(
            "SELECT b.id, x.version = b.version_after AS same, x.version = cast(b.was->>'version' AS integer) AS untouched"
            f" FROM before_image b JOIN {quote(table.name)} x ON x.tenant_id = b.tenant_id AND x.id = b.row_id"
            " WHERE b.tenant_id = :tenant AND b.id = ANY(:images) FOR NO KEY UPDATE OF x",
            images=[each.id for each in images],
        ).all()
        there = {row.id: row for row in now}
        self._leave([each.id for each in images if each.id not in there], "gone")
        self._leave([row.id for row in now if not row.same and not row.untouched], "changed")
        same = [row.id for row in now if row.same]
        done = self._run(
            f"UPDATE {quote(table.name)} x SET ({listed}) = (SELECT {former} FROM jsonb_populate_record(x, b.was) r),"
            " version = x.version + 1, updated_at = now() FROM before_image b"
            " WHERE b.tenant_id = :tenant AND b.id = ANY(:images) AND x.tenant_id = :tenant AND x.id = b.row_id"
            " RETURNING x.id, x.version, cast(b.was->>'version' AS integer) AS former",
            images=same,
        ).all()  # fmt: skip
        self._relink(table.name, done)
        kept = self._note(table.name, done)
        self._forget([*(set(same) - kept), *(row.id for row in now if row.untouched and not row.same)])
        self.counts["restored"] += len(done)
        self._tell(table.name, [row.id for row in done])

    def _relink(self, table: str, done: Sequence[Row[Any]]) -> None:
        """What earlier runs keep of a row follows it to its new version: its values are what they left."""
        if done:
            self._run(
                "UPDATE before_image b SET version_after = n.version FROM"
                " unnest(cast(:ids AS uuid[]), cast(:versions AS integer[]), cast(:former AS integer[]))"
                " AS n (id, version, former) WHERE b.tenant_id = :tenant AND b.table_name = :table AND b.row_id = n.id"
                " AND b.run_id <> :run AND b.version_after = n.former AND (b.reason IS NULL OR b.reason = 'undone')",
                table=table, ids=[row.id for row in done], versions=[row.version for row in done],
                former=[row.former for row in done],
            )  # fmt: skip

    def _note(self, table: str, done: Sequence[Row[Any]]) -> set[UUID]:
        """Of rows that are as they were made, the version they have now: a run that made them may keep no image of them."""
        first = {row.id: row.version for row in done if row.former == 1}
        if not first:
            return set()
        noted = self._run(
            "UPDATE before_image b SET reason = 'undone', was = jsonb_build_object('version', 1), version_after = n.version FROM"
            " unnest(cast(:ids AS uuid[]), cast(:versions AS integer[])) AS n (id, version)"
            " WHERE b.tenant_id = :tenant AND b.run_id = :run AND b.table_name = :table AND b.row_id = n.id RETURNING b.id",
            table=table, ids=list(first), versions=list(first.values()),
        )  # fmt: skip
        return set(noted.scalars())

    def _insert(self, table: Table, images: list[Row[Any]]) -> None:
        left = DERIVED | SEALS
        names = [each.name for each in table.columns if each.name not in left and each.computed is None]
        listed, former = ", ".join(map(quote, names)), ", ".join(f"r.{quote(name)}" for name in names)
        done = self._run(
            f"INSERT INTO {quote(table.name)} ({listed}) SELECT {former} FROM before_image b"
            f" CROSS JOIN LATERAL jsonb_populate_record(NULL::{quote(table.name)}, b.was) r"
            " WHERE b.tenant_id = :tenant AND b.id = ANY(:images) AND b.was->>'tenant_id' = cast(:tenant AS text)"
            " ORDER BY b.position DESC ON CONFLICT DO NOTHING RETURNING id",
            images=[each.id for each in images],
        ).scalars()  # fmt: skip
        back = set(done)
        self._leave([each.id for each in images if each.row_id not in back], "clash")
        self._forget([each.id for each in images if each.row_id in back])
        self.counts["restored"] += len(back)
        self._tell(table.name, list(back))

    def _remove(self, table: Table, images: list[Row[Any]]) -> None:
        """The rows are locked before one looks what hangs on them: nothing can be hung there meanwhile."""
        now = self._run(
            "SELECT b.id, x.id AS row_id, x.version = b.version_after AS same"
            f" FROM before_image b JOIN {quote(table.name)} x ON x.tenant_id = b.tenant_id AND x.id = b.row_id"
            " WHERE b.tenant_id = :tenant AND b.id = ANY(:images) FOR UPDATE OF x",
            images=[each.id for each in images],
        ).all()
        self._leave([row.id for row in now if not row.same], "changed")
        same = {row.row_id: row.id for row in now if row.same}
        used = {each for hanging in self._hanging(table, list(same)) for each in hanging}
        self._leave([image for row, image in same.items() if row in used], "used")
        going = [row for row in same if row not in used]
        self._run(f"DELETE FROM {quote(table.name)} WHERE tenant_id = :tenant AND id = ANY(:rows)", rows=going)
        there = {row.id for row in now}
        self._forget([*(same[row] for row in going), *(each.id for each in images if each.id not in there)])
        self.counts["removed"] += len(going)

    def _hanging(self, table: Table, rows: list[UUID]) -> Iterator[set[UUID]]:
        """Rows that others point to which were not made in the same moment, or were changed since."""
        if not rows:
            return
        for child in tables().values():
            if child.name in COMPUTED or "tenant_id" not in child.columns:
                continue
            for column in sorted(_pointing(child, table)):
                found = self._run(
                    f"SELECT DISTINCT h.{quote(column)} FROM {quote(child.name)} h JOIN {quote(table.name)} x"
                    f" ON x.tenant_id = h.tenant_id AND x.id = h.{quote(column)}"
                    f" WHERE h.tenant_id = :tenant AND h.{quote(column)} = ANY(:rows)"
                    " AND NOT (h.created_at = x.created_at AND h.updated_at = x.created_at)",
                    rows=rows,
                )
                yield set(found.scalars())

    def _leave(self, images: Sequence[UUID], reason: str) -> None:
        if images:
            self._run(
                "UPDATE before_image SET reason = :reason, version = version + 1, updated_at = now()"
                " WHERE tenant_id = :tenant AND id = ANY(:images)",
                images=list(images), reason=reason,
            )  # fmt: skip
            self.counts["left"] += len(images)

    def _forget(self, images: Sequence[UUID]) -> None:
        self._run("DELETE FROM before_image WHERE tenant_id = :tenant AND id = ANY(:images)", images=list(images))

    def _tell(self, table: str, rows: list[UUID]) -> None:
        for follower in FOLLOWERS.get(table, ()) if rows else ():
            follower(self._session, self._context, rows)

    def _run(self, statement: str, **values: Any) -> Any:
        return self._session.execute(text(statement).execution_options(**scope.RLS_ONLY), {**self._values, **values})


def _sort(image: Row[Any]) -> tuple[str, bool, bool, str | None]:
    return image.table_name, image.made, image.removed, image.refused


def _pointing(child: Table, table: Table) -> set[str]:
    """The columns by which a table points to the rows of another."""
    return {
        key.parent.name
        for key in child.foreign_keys
        if key.column.table is table and key.column.name == "id" and key.parent.name != "tenant_id"
    }
