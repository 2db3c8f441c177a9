# ruff: noqa: S608 - the parts are names of our own tables and columns, never anything typed
"""Keep what rows are before a run changes, removes or makes them: one statement, whatever their number.

`remember` is called before a change (every change: the row's next version is noted), before a removal, and after rows were
made. A row has one image for each run: the first `was` and the last `version_after`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from core.db import scope
from core.db.base import Model
from core.db.slots import NUMBER_SLOTS, TEXT_SLOTS, TIME_SLOTS
from core.db.walls import quote

Act = Literal["changed", "removed", "made"]

STAMPS = frozenset({"tenant_id", "id", "created_at", "created_by", "updated_at", "version"})
DERIVED = frozenset({*TEXT_SLOTS, *NUMBER_SLOTS, *TIME_SLOTS})
"""The database fills these itself."""
SEALS = frozenset({"data_key"})
"""A key that was once made stays: what the trail keeps is sealed with it, and no image may hold it."""


def remember(
    session: Session,
    *,
    run_id: UUID,
    table: str,
    rows: Collection[UUID] | str,
    act: Act = "changed",
    columns: Sequence[str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> int:
    """Keep images of rows; how many. `rows`: ids, or SQL that selects ids (with `values`), such as of a batch's temporary table.

    `columns`: those that will change, where they are few and the rows many; else all. Flushed changes only are seen.
    """
    if not isinstance(rows, str) and not rows:
        return 0
    given = {} if isinstance(rows, str) else {"ids": list(rows)}
    chosen = rows if isinstance(rows, str) else "SELECT unnest(cast(:ids AS uuid[]))"
    tenant_id = scope.current(session).tenant_id
    done: Any = session.execute(
        text(statement(table, rows=chosen, act=act, columns=columns)).execution_options(**scope.RLS_ONLY),
        {"tenant": tenant_id, "run": run_id, **given, **(values or {})},
    )
    return int(done.rowcount)


def statement(table: str, *, rows: str, act: Act = "changed", columns: Sequence[str] | None = None) -> str:
    """The statement of `remember`, for whoever runs it many times: it takes `:tenant` and `:run`."""
    known = tables()[table]
    was = "NULL" if act == "made" else _image(known, "x", columns if act == "changed" else None)
    after = {"made": "x.version", "changed": "x.version + 1", "removed": "cast(NULL AS integer)"}[act]
    customer = (
        "x.id" if table == "customer" else "x.customer_id" if "customer_id" in known.columns else "cast(NULL AS uuid)"
    )
    return (
        "INSERT INTO before_image AS b (tenant_id, id, run_id, position, table_name, row_id, customer_id, was, version_after)"
        " SELECT x.tenant_id, gen_random_uuid(), :run, coalesce((SELECT max(i.position) FROM before_image i"
        "  WHERE i.tenant_id = :tenant AND i.run_id = :run), 0) + row_number() OVER (),"
        f" '{known.name}', x.id, {customer}, {was}, {after} FROM (SELECT DISTINCT i.id FROM ({rows}) AS i (id)) r"
        f" CROSS JOIN LATERAL (SELECT * FROM {quote(known.name)} k WHERE k.tenant_id = :tenant AND k.id = r.id LIMIT 1) x"
        " WHERE true"
        " ON CONFLICT (tenant_id, run_id, table_name, row_id) DO UPDATE SET version_after = excluded.version_after,"
        " was = CASE WHEN b.was IS NULL THEN NULL ELSE excluded.was || b.was END"
    )


def _image(table: Table, alias: str, columns: Sequence[str] | None) -> str:
    names = restorable(table) if columns is None else [name for name in restorable(table) if name in set(columns)]
    if columns is None:
        return f"to_jsonb({alias}) - ARRAY[{', '.join(repr(each) for each in sorted(DERIVED | SEALS))}]"
    pairs = "".join(f", '{name}', {alias}.{quote(name)}" for name in names)
    return f"jsonb_build_object('version', {alias}.version{pairs})"


def restorable(table: Table) -> list[str]:
    """The columns that an undo writes back."""
    left = STAMPS | DERIVED | SEALS
    return [each.name for each in table.columns if each.name not in left and each.computed is None]


def tables() -> Mapping[str, Table]:
    return Model.metadata.tables
