"""Clear away what is left of a tenant that is gone, and look for it everywhere, with the eraser's role and no other right.

The role sees a row only where it belongs to a tenant with a deletion certificate or names it in any column (`walls.mentions`),
and deletes only the former. So a count of what it sees is the scan: nothing here has to know tables or columns by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from core.db.walls import quote

BATCH = 2000

_TABLES = text(
    "SELECT c.relname AS name, c.relforcerowsecurity AS walled, has_table_privilege(c.oid, 'SELECT') AS readable,"
    " EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS keyed,"
    " EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'provider_tenant_id') AS two_party"
    " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm') ORDER BY 1"
)
_KEYS = text(
    "SELECT k.conrelid::regclass::text AS child, k.confrelid::regclass::text AS parent FROM pg_constraint k"
    " WHERE k.contype = 'f' AND k.conrelid <> k.confrelid AND k.connamespace = 'public'::regnamespace"
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A table that names a tenant: in how many rows, how many of them its own, how many as the other party. -1: nobody may look."""

    table: str
    rows: int
    own: int = 0
    as_partner: int = 0


@contextmanager
def eraser(engine: Engine, tenant_id: UUID) -> Iterator[Connection]:
    """One transaction of the role, for one tenant."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT set_config('app.tenant_id', :tenant, true), set_config('statement_timeout', '0', true),"
                " set_config('role', current_database() || '_eraser', true)"
            ),
            {"tenant": str(tenant_id)},
        )
        yield connection


def tables(connection: Connection) -> Sequence[Any]:
    """Every table there is, by name."""
    return connection.execute(_TABLES).all()


def tenant_tables(connection: Connection) -> list[str]:
    """The tables whose rows belong to tenants, loaded verticals' or not, children before what they point to."""
    names = {row.name for row in tables(connection) if row.walled and row.keyed}
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(names, ()))
    for row in connection.execute(_KEYS):
        child, parent = row.child.strip('"'), row.parent.strip('"')
        if child in names and parent in names:
            order.add(parent, child)
    try:
        return list(order.static_order())
    except CycleError:  # such a key is optional on one side, and the database empties it
        return sorted(names)


def count(connection: Connection, table: str, tenant_id: UUID) -> int:
    """The tenant's rows in a table."""
    found = connection.scalar(text(f"SELECT count(*) FROM {quote(table)} WHERE tenant_id = :t"), {"t": tenant_id})
    return int(found or 0)


def remove_some(connection: Connection, table: str, tenant_id: UUID) -> int:
    """Delete at most `BATCH` of the tenant's rows. How many there were."""
    name = quote(table)
    statement = (
        f"DELETE FROM {name} WHERE tenant_id = :t AND ctid = ANY (ARRAY("
        f"SELECT ctid FROM {name} WHERE tenant_id = :t LIMIT {BATCH}))"
    )
    return connection.execute(text(statement), {"t": tenant_id}).rowcount


def remove_jobs(connection: Connection, tenant_id: UUID) -> int:
    """Take the tenant's jobs out of the queue, whatever names it in their arguments."""
    statement = text("DELETE FROM procrastinate_jobs WHERE position(:t in args::text) > 0")
    return connection.execute(statement, {"t": str(tenant_id)}).rowcount


def look(engine: Engine, tenant_id: UUID) -> list[Found]:
    """Every table that names the tenant in any column: walled ones by the eraser's eyes, the queue and the like by the
    application's, sign-in tables by a function. A table that none of them may read is told with -1."""
    with engine.connect() as connection:
        every = tables(connection)
        platform = {row.name: row.found for row in connection.execute(_PLATFORM, {"t": tenant_id})}
        own = {row.name: _named(connection, row.name, tenant_id) for row in every if row.readable and not row.walled}
    found = []
    for row in every:
        if row.name == "deletion_certificate":
            continue
        if row.walled:
            with eraser(engine, tenant_id) as connection:
                found.append(_seen(connection, row, tenant_id))
        else:
            found.append(Found(table=row.name, rows=own.get(row.name, platform.get(row.name, -1))))
    return [each for each in found if each.rows]


_PLATFORM = text("SELECT * FROM platform_traces(:t)")


def _named(connection: Connection, table: str, tenant_id: UUID) -> int:
    statement = f"SELECT count(*) FROM {quote(table)} x WHERE position(:t in (x.*)::text) > 0"
    return int(connection.scalar(text(statement), {"t": str(tenant_id)}) or 0)


def _seen(connection: Connection, row: Any, tenant_id: UUID) -> Found:
    name = quote(row.name)
    rows = int(connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0)
    partner, own = 0, 0
    if rows and row.keyed:
        own = count(connection, row.name, tenant_id)
    if rows and row.two_party:
        statement = text(f"SELECT count(*) FROM {name} WHERE provider_tenant_id = :t AND tenant_id <> :t")
        partner = int(connection.scalar(statement, {"t": tenant_id}) or 0)
    return Found(table=row.name, rows=rows, own=own, as_partner=partner)
