# ruff: noqa: S608 - the parts are names of our own tables and columns, never anything typed
"""What came to a survivor while two were one: it stays there, is listed, and goes to the other one where somebody says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.db.merging import Link, links
from core.db.walls import quote
from core.duplicates.merging import both, may_merge
from core.duplicates.models import CustomerMerge
from core.errors import N_, Conflict, Invalid, NotFound

LISTED = 100
"""Rows of one table that are listed; there may be more."""
NAMED = ("number", "title", "purpose", "channel", "kind", "type", "scheme")
"""Columns that tell a row from others and hold nothing personal, the first that a table has."""
NOT_HANDED_OVER = frozenset({"lease", "customer"})
"""A lease is lent, not handed over."""


@dataclass(frozen=True, kw_only=True)
class Row:
    table: str
    id: UUID
    created_at: datetime
    named: str | None


def since(session: Session, *, merge: CustomerMerge) -> list[Row]:
    """Rows of the survivor that were made while the two were one, the oldest first, by table."""
    if merge.state != "undone" or merge.undone_at is None:
        return []
    found: list[Row] = []
    for link in _movable():
        named = next((name for name in NAMED if name in link.table.columns), None)
        column = f"cast(x.{quote(named)} AS text)" if named else "NULL"
        rows = session.execute(
            text(
                f"SELECT x.id, x.created_at, {column} AS named FROM {quote(link.table.name)} x WHERE {_made_since(link)}"
                f" ORDER BY x.created_at, x.id LIMIT {LISTED}"
            ).execution_options(**scope.RLS_ONLY),
            _values(merge),
        )
        found += [Row(table=link.table.name, id=row.id, created_at=row.created_at, named=row.named) for row in rows]
    return found


def hand_over(session: Session, *, context: Context, merge_id: UUID, rows: Iterable[tuple[str, UUID]]) -> int:
    """Move rows that `since` lists to the customer that stands for itself again, and with them what hangs on them; how many.

    Raises Invalid for a row that is none of these.
    """
    may_merge(context)
    merge = session.scalar(select(CustomerMerge).where(CustomerMerge.id == merge_id))
    if merge is None:
        raise NotFound
    survivor, merged = both(session, merge.survivor_id, merge.customer_id)
    if merge.state != "undone" or merged.state != "active" or survivor.legal_hold or merged.legal_hold:
        raise Conflict(N_("These rows cannot be moved now."))
    chosen: dict[str, list[UUID]] = {}
    for table, row_id in rows:
        chosen.setdefault(table, []).append(row_id)
    known = {link.table.name: link for link in _movable()}
    if not chosen or not chosen.keys() <= known.keys():
        raise Invalid(N_("Choose what is to be moved."), field="rows")
    moved = 0
    for table, ids in chosen.items():
        count = _move(session, merge, known[table], "x.id = ANY(cast(:rows AS uuid[]))", ids, made_since=True)
        if count != len(set(ids)):
            raise Invalid(N_("Choose what is to be moved."), field="rows")
        moved += count + sum(_move(session, merge, link, on, ids) for link, on in _hanging(known[table]))
    session.expire_all()
    for each in (merge.survivor_id, merge.customer_id):
        audit.append(
            session, context=context, action="customers.rows_moved", subject=("customer", each), fields=sorted(chosen),
            details={"merge_id": str(merge.id), "rows": moved},
        )  # fmt: skip
    return moved


def _movable() -> list[Link]:
    return [
        link
        for link in links()
        if link.rule is not None and link.rule.how in ("repoint", "keep_one") and link.table.name not in NOT_HANDED_OVER
        and link.column == "customer_id"
    ]  # fmt: skip


def _made_since(link: Link) -> str:
    told = " AND x.subject_type IS DISTINCT FROM 'customer_merge'" if "subject_type" in link.table.columns else ""
    return (
        f"x.tenant_id = :tenant AND x.{quote(link.column)} = :survivor AND x.created_at > :since"
        f" AND x.created_at <= :until{told}"
    )


def _values(merge: CustomerMerge) -> dict[str, Any]:
    return {
        "tenant": merge.tenant_id, "survivor": merge.survivor_id, "merged": merge.customer_id, "since": merge.created_at,
        "until": merge.undone_at,
    }  # fmt: skip


def _move(
    session: Session, merge: CustomerMerge, link: Link, on: str, ids: Sequence[UUID], *, made_since: bool = False
) -> int:
    column = quote(link.column)
    where = _made_since(link) if made_since else f"x.tenant_id = :tenant AND x.{column} = :survivor"
    version = "" if link.model.__walls__.append_only else ", version = x.version + 1"
    done: Any = session.execute(
        text(
            f"UPDATE {quote(link.table.name)} x SET {column} = :merged{version} WHERE {where} AND {on}"
        ).execution_options(**scope.RLS_ONLY),
        {**_values(merge), "rows": list(ids)},
    )
    return int(done.rowcount)


def _hanging(on: Link) -> list[tuple[Link, str]]:
    """Tables whose rows belong to a row of this one, and how: a case's steps and comments, what a timeline tells of it."""
    found = []
    for link in _movable():
        keys = [
            each for each in link.table.foreign_key_constraints if each.referred_table is on.table is not link.table
        ]
        found += [(link, f"x.{quote(key.column_keys[-1])} = ANY(cast(:rows AS uuid[]))") for key in keys]
        if "subject_type" in link.table.columns and "subject_id" in link.table.columns:
            found.append((link, f"x.subject_type = '{on.table.name}' AND x.subject_id = ANY(cast(:rows AS uuid[]))"))
    return found
