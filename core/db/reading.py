"""Read a list that is asked for all the time: its statement is compiled once and run straight on the driver.

1. The select names mapped attributes and has `bindparam`s where requests differ. 2. Compiling adds the ORM's own wall, the
tenant of the scope, as to any statement; one that has no tenant table to wall is refused. 3. `fetch` runs in the session's
transaction, so row-level security holds as ever. What is saved is SQLAlchemy's work per statement, about 1 ms.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam
from sqlalchemy.orm import Session, with_loader_criteria

from core.db import driver, scope
from core.db.base import TenantModel

TENANT = "scope_tenant"

# The name stands in the lambda itself: SQLAlchemy would make a bound value of a global.
_WALL = with_loader_criteria(TenantModel, lambda cls: cls.tenant_id == bindparam("scope_tenant"), include_aliases=True)


class Listing:
    """A select for `fetch`. Make it once per shape, not per request."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement.options(_WALL)
        self._sql = ""
        self._values: dict[str, Any] = {}

    def fetch(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """The rows, plain tuples in the order of the columns. Raises ScopeError without a scope."""
        tenant_id = scope.current(session).tenant_id
        if not self._sql:
            self._compile(session)
        session.flush()
        cursor = driver.connection(session).execute(
            self._sql, {**self._values, **values, TENANT: tenant_id}, prepare=True
        )
        return cursor.fetchall()

    def _compile(self, session: Session) -> None:
        compiled = self._statement.compile(dialect=session.get_bind().dialect)
        if TENANT not in compiled.params:
            raise scope.ScopeError("A listing reads tenant tables: nothing in this one can be walled.")
        self._values, self._sql = dict(compiled.params), str(compiled)
