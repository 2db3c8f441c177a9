"""Copies of a world: the first of its kind is made through the services, its rows are read, and further ones are those rows again.

A copy differs in its ids and its word alone. The rows are written by the superuser of the run's own server, with triggers off: what
triggers made of the first is copied too. Where the run uses somebody else's server, each world is made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg import sql

from core.db import home
from core.db.base import new_id

_TABLES = """
SELECT c.relname AS name,
       array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '' AND a.attidentity = ''
                 AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') NOT LIKE 'nextval(%') AS columns,
       bool_or(a.attname = 'tenant_id') AS keyed
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
 GROUP BY c.relname ORDER BY c.relname
"""
OTHERS = {
    "tenant": "id = ANY(%(tenants)s)",
    "user_account": "id IN (SELECT user_id FROM participant WHERE tenant_id = ANY(%(tenants)s))",
    "procrastinate_jobs": "args->>'tenant_id' = ANY(%(tenants)s::text[])",
}
"""The tables that have no tenant key and rows of a world."""
ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Pattern:
    """The rows of a world, by table, as JSON."""

    conninfo: str
    rows: dict[str, tuple[bytes, bytes]]
    ids: frozenset[bytes]
    word: bytes

    def copy(self, word: str) -> dict[UUID, UUID]:
        """Write the rows with new ids and another word. The new id of each."""
        new = {each: str(new_id()).encode() for each in self.ids}
        connection = _writing(self.conninfo)
        with connection.transaction(), connection.pipeline():
            for insert, rows in self.rows.values():
                changed = ID.sub(lambda found: new.get(found[0], found[0]), rows).replace(self.word, word.encode())
                connection.execute(insert, [changed.decode()])
        return {UUID(old.decode()): UUID(made.decode()) for old, made in new.items()}


_OPEN: dict[str, psycopg.Connection[Any]] = {}


def _writing(server: str) -> psycopg.Connection[Any]:
    """The connection that writes copies, kept for the run."""
    if server not in _OPEN or not _answers(_OPEN[server]):
        _OPEN[server] = psycopg.connect(server, autocommit=True)
        _OPEN[server].execute("SET session_replication_role = replica")
    return _OPEN[server]


def _answers(connection: psycopg.Connection[Any]) -> bool:
    """A test may have restarted the server."""
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def close() -> None:
    """Let go of the server, which is about to end."""
    while _OPEN:
        _OPEN.popitem()[1].close()


def conninfo() -> str | None:
    """The run's own server, as its superuser."""
    from flask import current_app

    config = current_app.extensions["kehub"]["config"]
    return home.server(config).superuser_conninfo(home.DATABASE) if config.embedded else None


def pattern(server: str, *, tenants: Sequence[UUID], word: str) -> Pattern:
    """Read the rows of a world that has just been made."""
    found, ids = {}, set()
    with psycopg.connect(server) as connection:
        for name, columns, keyed in connection.execute(_TABLES).fetchall():
            where = OTHERS.get(name) or ("tenant_id = ANY(%(tenants)s)" if keyed else None)
            if where is None:
                continue
            table = sql.Identifier(name)
            read = sql.SQL("SELECT jsonb_agg(to_jsonb(t))::text FROM {} t WHERE ").format(table) + sql.SQL(where)
            text = connection.execute(read, {"tenants": list(tenants)}).fetchone()
            if text is None or text[0] is None:
                continue
            names = sql.SQL(", ").join(sql.Identifier(each) for each in columns)
            insert = sql.SQL("INSERT INTO {0} ({1}) SELECT {1} FROM jsonb_populate_recordset(NULL::{0}, %s)")
            found[name] = (insert.format(table, names).as_bytes(connection), text[0].encode())
            ids |= {str(row["id"]).encode() for row in orjson.loads(text[0]) if isinstance(row.get("id"), str)}
    return Pattern(server, found, frozenset(ids), word.encode())
