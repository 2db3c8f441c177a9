"""Read a list that is asked for all the time: its statement is compiled once and run straight on the driver.

1. The select names mapped attributes and has `bindparam`s where requests differ. 2. Compiling adds the ORM's own wall, the
tenant of the scope, as to any statement; one that has no tenant table to wall is refused. 3. `fetch` runs in the session's
transaction, so row-level security holds as ever. What is saved is SQLAlchemy's work per statement, about 1 ms.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, bindparam, inspect
from sqlalchemy.orm import InstrumentedAttribute, Session, with_loader_criteria
from sqlalchemy.orm.attributes import instance_state, set_committed_value

from core.context import Reach
from core.db import append, driver, reach, scope
from core.db.base import TenantModel

M = TypeVar("M", bound=TenantModel)
TENANT = "scope_tenant"
KEPT = 64

# The name stands in the lambda itself: SQLAlchemy would make a bound value of a global.
_WALL = with_loader_criteria(TenantModel, lambda cls: cls.tenant_id == bindparam("scope_tenant"), include_aliases=True)


class Listing:
    """A select for `fetch`. Make it once per shape, not per request."""

    def __init__(self, statement: Select[Any], *, spelled: Sequence[str] = ()) -> None:
        """`spelled` are parameters, ids, that are written into the text, and the tenant with them: the server keeps a plan for
        each of their values. Of a list behind leases, one for any tenant and engagement takes a thousand times as long.
        """
        self._statement = statement.options(_WALL)
        self._spelled = (*spelled, TENANT) if spelled else ()
        self.names: Sequence[str] = tuple(statement.selected_columns.keys())
        self._row: Any = None
        self._compiled: dict[tuple[str, Reach] | None, tuple[str, dict[str, Any]]] = {}

    def fetch(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """The rows, plain tuples in the order of the columns. Raises ScopeError without a scope."""
        here = scope.current(session)
        shape = None if here.reach is None else (here.party, here.reach)
        if shape not in self._compiled:
            self._compile(session, here)
        sql, fixed = self._compiled[shape]
        if session.autoflush:
            append.send(session)
        given = {**fixed, **values, TENANT: here.tenant_id}
        for name in self._spelled:
            sql = sql.replace(f"%({name})s", f"'{UUID(str(given.pop(name)))}'")
        return driver.fetch(session, sql, given)

    def one(self, session: Session, **values: Any) -> Any | None:
        """The only row, its values by the names of the columns; None where there is none."""
        rows = self.fetch(session, **values)
        if not rows:
            return None
        if self._row is None:
            self._row = namedtuple("Row", self.names)  # type: ignore[misc]
        return self._row._make(rows[0])

    def _compile(self, session: Session, here: scope.Scope) -> None:
        """Who does not reach all rows has a statement of their own, among the last few that were asked."""
        statement, shape = self._statement, None
        if here.reach is not None:
            statement, shape = statement.options(*reach.options(here.reach, here.party)), (here.party, here.reach)
        compiled = statement.compile(dialect=session.get_bind().dialect)
        if TENANT not in compiled.params:
            raise scope.ScopeError("A listing reads tenant tables: nothing in this one can be walled.")
        if len(self._compiled) > KEPT:
            self._compiled.clear()
        self._compiled[shape] = str(compiled), dict(compiled.params)


class Objects(Listing, Generic[M]):
    """A select for objects of the session: the columns of their table first (`columns_of`), then others that go with each.

    `beside` is a model whose columns come last, outer joined: an object of it goes with each, or None.
    """

    def __init__(self, model: type[M], statement: Select[Any], *, beside: type[TenantModel] | None = None) -> None:
        super().__init__(statement)
        self._model, self._beside = model, beside
        self._first = len(_attributes(model))
        self._last = len(self.names) - (len(_attributes(beside)) if beside is not None else 0)
        self.others = self.names[self._first : self._last]

    def load(self, session: Session, **values: Any) -> list[tuple[M, tuple[Any, ...], Any]]:
        """The objects, each with its other columns and the object beside. One that is in the session already is read anew."""
        return [
            (
                _object(session, self._model, row[: self._first]),
                row[self._first : self._last],
                _object(session, self._beside, row[self._last :]) if self._beside and row[self._last] else None,
            )
            for row in self.fetch(session, **values)
        ]


@cache
def _attributes(model: type[TenantModel]) -> tuple[str, ...]:
    """Those that are not left until somebody asks for them, as slots are."""
    return tuple(each.key for each in inspect(model).column_attrs if not each.deferred)


def _object(session: Session, model: type[M], row: Sequence[Any]) -> M:
    mapper = inspect(model)
    values = dict(zip(_attributes(model), row, strict=True))
    key = mapper.identity_key_from_primary_key((values["tenant_id"], values["id"]))
    known: Any = session.identity_map.get(key)
    if known is not None:
        for name, value in values.items():
            set_committed_value(known, name, value)
    else:
        known = mapper.class_manager.new_instance()
        known.__dict__.update(values)
        state = instance_state(known)
        state.key = key
        session._update_impl(state)  # as `add` does, which also looks through its relationships: nothing is there yet
    found: M = known
    return found


def columns_of(model: type[TenantModel]) -> list[InstrumentedAttribute[Any]]:
    return [getattr(model, name) for name in _attributes(model)]
