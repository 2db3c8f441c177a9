"""Rows that are only ever added, past the ORM's unit of work: the trail, timelines, histories, decisions.

1. `append` takes the row's values now, with the scope's tenant and author, and sends nothing.
2. What is taken is sent in one go, in order, before the next statement of the session, before a savepoint is released and
   before COMMIT: a reader of the transaction never misses a row. The objects in the session go first, since rows may point to
   them.
3. A savepoint that is rolled back takes the rows with it that were taken inside; those from before are sent again.
4. `keep` adds an object at once and reads back what the database filled in.

Row-level security holds each INSERT, as it does the ORM's; what is saved is SQLAlchemy's work and a round trip per row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson
import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import JSON, Table, event, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from core.db import driver, scope
from core.db.base import TenantModel, new_id
from core.db.walls import quote

Shape = tuple[Table, tuple[str, ...]]
"""A table and the columns that are given."""

TOGETHER = 20
"""Rows sent as one statement. More are sent shape by shape: a statement of each length would be planned."""

_TAKEN, _MARKS = "rows_taken", "rows_at_savepoint"


def append(session: Session, model: type[TenantModel], values: Mapping[str, Any]) -> None:
    """Add a row of a table without reading it back. Columns that `values` leaves out have the database's defaults."""
    table = _table(model)
    stamped = _stamped(session, table, values)
    shape = (table, tuple(stamped))
    session.info.setdefault(_TAKEN, []).append((shape, tuple(stamped.values())))


def send(session: Session) -> None:
    """Send what was taken, after the objects in the session. Rows of one table keep their order."""
    session.flush()
    taken = session.info.pop(_TAKEN, ())
    if not taken:
        return
    by_shape: dict[Shape, list[tuple[Any, ...]]] = {}
    for shape, values in taken:
        by_shape.setdefault(shape, []).append(values)
    cursor = driver.connection(session).cursor()
    try:
        if len(taken) <= TOGETHER:
            statement = _together(tuple((shape, len(rows)) for shape, rows in by_shape.items()))
            cursor.execute(
                statement, [each for rows in by_shape.values() for row in rows for each in row], prepare=True
            )
        else:
            for shape, rows in by_shape.items():
                cursor.executemany(_insert(shape), rows)
    except psycopg.Error as error:
        raise _told(error) from error


def keep(session: Session, row: TenantModel, *, made: Mapping[str, str]) -> None:
    """Add an object at once. `made` are columns that the database makes, by SQL: `{"number": "next_number('case', 1)"}`."""
    send(session)
    table = _table(type(row))
    columns = inspect(type(row)).column_attrs
    held = {each.key: inspect(row).dict[each.key] for each in columns if each.key in inspect(row).dict}
    stamped = _stamped(session, table, held)
    left = tuple(each.key for each in columns if each.key not in stamped)
    statement = _insert((table, tuple(stamped)), made=tuple(made.items()), returning=left)
    try:
        found = driver.connection(session).execute(statement, list(stamped.values()), prepare=True).fetchone()
    except psycopg.Error as error:
        raise _told(error) from error
    for name in _STAMPS:
        set_committed_value(row, name, stamped[name])
    for name, value in zip(left, found or (), strict=True):
        set_committed_value(row, name, value)
    make_transient_to_detached(row)
    session.add(row)
    within = session.get_nested_transaction() or session.get_transaction()
    assert within is not None
    within._new[inspect(row)] = True  # as of any row that was added: a rollback gives the object back as it was made


_STAMPS = ("tenant_id", "id", "created_by", "version")


def _stamped(session: Session, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the driver takes them, with the scope's tenant and author."""
    within = scope.current(session)
    found = {"tenant_id": within.tenant_id, "id": None, "created_by": None, "version": 1, **values}
    if found["tenant_id"] != within.tenant_id:
        raise scope.ScopeError(f"A row of {table.name} of another tenant in this transaction.")
    found["id"] = found["id"] or new_id()
    found["created_by"] = found["created_by"] or within.participant_id
    for name in _documents(table):
        if found.get(name) is not None:
            found[name] = Jsonb(found[name], dumps=orjson.dumps)
    return found


def _table(model: type[TenantModel]) -> Table:
    found = model.__table__
    assert isinstance(found, Table)
    return found


@lru_cache
def _documents(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if isinstance(column.type, JSON))


@lru_cache(maxsize=1024)
def _together(shapes: tuple[tuple[Shape, int], ...]) -> str:
    """One statement that inserts so many rows of each shape. They do not see each other; foreign keys do."""
    *others, last = (_insert(shape, rows=rows) for shape, rows in shapes)
    before = ", ".join(f"insert_{number} AS ({each})" for number, each in enumerate(others))
    return f"WITH {before} {last}" if before else last


@lru_cache(maxsize=1024)
def _insert(
    shape: Shape, *, rows: int = 1, made: tuple[tuple[str, str], ...] = (), returning: tuple[str, ...] = ()
) -> str:
    table, columns = shape
    unknown = {*columns, *dict(made), *returning} - set(table.columns.keys())
    if unknown:
        raise TypeError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    row = ", ".join([*("%s" for _ in columns), *dict(made).values()])
    names = _named([*columns, *dict(made)])
    statement = f"INSERT INTO {quote(table.name)} ({names}) VALUES {', '.join([f'({row})'] * rows)}"
    return f"{statement} RETURNING {_named(returning)}" if returning else statement


def _named(names: Iterable[str]) -> str:
    return ", ".join(quote(name) for name in names)


def _told(error: psycopg.Error) -> BaseException:
    """As SQLAlchemy tells what the driver raised, without the values."""
    return DBAPIError.instance("INSERT", None, error, psycopg.Error, hide_parameters=True)


@event.listens_for(Session, "do_orm_execute")
def _before_statement(state: ORMExecuteState) -> None:
    if state.session.autoflush and state.session.info.get(_TAKEN):
        send(state.session)


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    if session.info.get(_TAKEN):
        send(session)


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault(_MARKS, {})[transaction] = [*session.info.get(_TAKEN, ())]


@event.listens_for(Session, "after_soft_rollback")
def _return_to_mark(session: Session, transaction: SessionTransaction) -> None:
    session.info[_TAKEN] = session.info.get(_MARKS, {}).pop(transaction, [])


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_TAKEN, None)
        session.info.pop(_MARKS, None)
