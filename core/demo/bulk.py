"""Many rows at once, behind the wall: COPY into a temporary table, then INSERT .. SELECT, which row-level security checks.

COPY itself is refused on a table with row-level security.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson
from psycopg import sql
from sqlalchemy.orm import Session

from core.db import scope
from core.db.base import TenantModel, new_id


class Rows:
    """Rows to be, by table. Every row gets its id at once, so that others can point to it."""

    def __init__(self) -> None:
        self._rows: dict[type[TenantModel], list[dict[str, Any]]] = defaultdict(list)

    def add(self, model: type[TenantModel], **values: Any) -> UUID:
        made = {"id": new_id(), **values}
        self._rows[model].append(made)
        found: UUID = made["id"]
        return found

    def of(self, model: type[TenantModel]) -> list[dict[str, Any]]:
        return self._rows[model]

    def insert(self, session: Session, models: Iterable[type[TenantModel]]) -> None:
        """Insert what there is, table after table: those that are pointed to come first."""
        for model in models:
            insert(session, model, self._rows.pop(model, []))


def insert(session: Session, model: type[TenantModel], rows: list[dict[str, Any]]) -> None:
    """Insert rows of the scope's tenant. All must have the same columns; the others take the table's defaults."""
    if not rows:
        return
    tenant_id = scope.current(session).tenant_id
    names = list(rows[0])
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"rows of {model.__tablename__} do not all have the same columns")
    table = str(model.__tablename__)
    target, draft = sql.Identifier(table), sql.Identifier(f"draft_{table}")
    columns = sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *names)))
    connection = session.connection().connection.driver_connection
    assert connection is not None
    with connection.cursor() as cursor:
        make = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
        cursor.execute(make.format(draft, columns, target))
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(draft, columns)) as copy:
            for row in rows:
                copy.write_row([tenant_id, *(_cell(row, name) for name in names)])
        cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(target, columns, columns, draft))
        cursor.execute(sql.SQL("DROP TABLE {}").format(draft))


def _cell(row: Mapping[str, Any], name: str) -> Any:
    value = row[name]
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value
