"""Rows that are only ever added, past the ORM's unit of work: the trail, timelines, histories, decisions.

1. `append` takes the row's values now, with the scope's tenant and author, and sends nothing.
2. What is taken is sent in one go, in order, before the next statement of the session, before a savepoint is released and
   before COMMIT: a reader of the transaction never misses a row. The objects in the session go first, since rows may point to
   them.
3. A savepoint that is rolled back takes the rows with it that were taken inside; those from before are sent again.
4. `keep` adds an object likewise; `send` takes objects too that were changed, and looks at their version. What the database
   makes of either is filled in.

Row-level security holds each INSERT, as it does the ORM's; what is saved is SQLAlchemy's work and a round trip per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar

import orjson
import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import JSON, Table, TypeDecorator, event, inspect
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction
from sqlalchemy.orm.attributes import instance_state, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from core.db import driver, scope
from core.db.base import TenantModel, new_id
from core.db.walls import quote

M = TypeVar("M", bound=TenantModel)
Shape = tuple[Table, tuple[str, ...]]
"""A table and the columns that are given."""

Made = tuple[tuple[str, str], ...]
"""Columns that the database makes, by SQL."""

TOGETHER = 20
"""Rows sent as one statement. More are sent shape by shape: a statement of each length would be planned."""

_TAKEN, _MARKS = "rows_taken", "rows_at_savepoint"


@dataclass(frozen=True, slots=True)
class Taken:
    """A row to be sent. `kept` is its object, which gets the columns `returning`; `made` are columns by SQL.

    `changed`: the object is there, and only the columns of the shape are new; its key and the version it had come last.
    """

    shape: Shape
    values: tuple[Any, ...]
    kept: TenantModel | None = None
    made: Made = ()
    returning: tuple[str, ...] = ()
    changed: bool = False


def append(session: Session, model: type[TenantModel], values: Mapping[str, Any]) -> None:
    """Add a row of a table without reading it back. Columns that `values` leaves out have the database's defaults."""
    table = _table(model)
    stamped = _stamped(session, table, values)
    session.info.setdefault(_TAKEN, []).append(Taken((table, tuple(stamped)), tuple(stamped.values())))


def keep(session: Session, model: type[M], values: Mapping[str, Any], *, made: Mapping[str, str]) -> M:
    """Add an object. `made` are columns that the database makes, by SQL: `{"number": "next_number('case', 1)"}`.

    It is the session's from now on. What the database makes of it is there once it is sent.
    """
    table, mapper = _table(model), model.__mapper__
    stamped = _stamped(session, table, values)
    row: Any = mapper.class_manager.new_instance()
    nothing, left = _left(model, tuple(values), tuple(made))
    row.__dict__.update(nothing)
    row.__dict__.update(values)
    row.__dict__.update((name, stamped[name]) for name in _STAMPS)
    state = instance_state(row)
    state.key = mapper.identity_key_from_primary_key((row.tenant_id, row.id))
    session._update_impl(state)  # as `add` does, which also looks through its relationships
    within = session.get_nested_transaction() or session.get_transaction()
    assert within is not None
    within._new[state] = True  # as of any row that was added: a rollback gives the object back as it was made
    taken = Taken((table, tuple(stamped)), tuple(stamped.values()), row, tuple(made.items()), left)
    session.info.setdefault(_TAKEN, []).append(taken)
    kept: M = row
    return kept


def send(session: Session, *, changed: Iterable[TenantModel] = ()) -> None:
    """Send what was taken, after the objects in the session, and with it what was changed of some of these.

    Rows of one table keep their order. Raises StaleDataError where a changed one is not at its version any more.
    """
    changes = [change for row in changed if (change := _change(session, row)) is not None]
    session.flush()
    taken: list[Taken] = [*changes, *session.info.pop(_TAKEN, [])]
    if not taken:
        return
    together = len(taken) <= TOGETHER
    kept = [each for each in taken if each.kept is not None]
    plain: dict[Shape, list[tuple[Any, ...]]] = {}
    for each in taken:
        if each.kept is None:
            plain.setdefault(each.shape, []).append(each.values)
    try:
        if kept or together:
            _send_together(session, kept, plain if together else {})
        if not together:
            for shape, rows in plain.items():
                driver.raw(session).executemany(_insert(shape), rows)
    except psycopg.Error as error:
        raise driver.told(error, statement="INSERT") from error


def _change(session: Session, row: TenantModel) -> Taken | None:
    """What was changed of an object since it was read. None for nothing, and for one that is new: the session adds it."""
    state = instance_state(row)
    changed = [name for name, before in state.committed_state.items() if before != row.__dict__.get(name, before)]
    if not state.persistent or not changed:
        return None
    table, key = _table(type(row)), (row.tenant_id, row.id, row.version)
    if row.tenant_id != scope.current(session).tenant_id:
        raise scope.ScopeError(f"A row of {table.name} of another tenant in this transaction.")
    values = _documented(table, {name: row.__dict__[name] for name in changed})
    within = session.get_nested_transaction() or session.get_transaction()
    assert within is not None
    within._dirty[state] = True  # as of any row that was changed: a rollback has it read anew
    row.__dict__["version"] = row.version + 1
    state._commit_all(state.dict, session.identity_map)  # the session has nothing to write of it any more
    return Taken((table, tuple(values)), (*values.values(), *key), kept=row, returning=("updated_at",), changed=True)


def _send_together(session: Session, kept: Sequence[Taken], plain: Mapping[Shape, Sequence[tuple[Any, ...]]]) -> None:
    objects = tuple((each.shape, each.made, each.returning, each.changed) for each in kept)
    statement = _together(objects, tuple((shape, len(rows)) for shape, rows in plain.items()))
    values = [value for each in kept for value in each.values]
    values += [value for rows in plain.values() for row in rows for value in row]
    told = driver.fetch(session, statement, values, raw=True)
    if kept and not told:
        raise StaleDataError("A row was changed or taken away by somebody else meanwhile.")
    found = iter(told[0] if kept else ())
    for each in kept:
        for name in each.returning:
            set_committed_value(each.kept, name, next(found))


_STAMPS = ("tenant_id", "id", "created_by", "version")


def _stamped(session: Session, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the driver takes them, with the scope's tenant and author."""
    within = scope.current(session)
    found = {"tenant_id": within.tenant_id, "id": None, "created_by": None, "version": 1, **values}
    if found["tenant_id"] != within.tenant_id:
        raise scope.ScopeError(f"A row of {table.name} of another tenant in this transaction.")
    found["id"] = found["id"] or new_id()
    found["created_by"] = found["created_by"] or within.participant_id
    return _documented(table, found)


def _documented(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    for name, kept_as in _documents(table):
        value = values.get(name)
        if value is not None:
            values[name] = Jsonb(value if kept_as is None else kept_as(value, None), dumps=orjson.dumps)
    return values


@lru_cache
def _filled(table: Table) -> frozenset[str]:
    """The columns that have a default of the database's."""
    return frozenset(column.name for column in table.columns if column.server_default is not None)


@lru_cache(maxsize=1024)
def _left(
    model: type[TenantModel], given: tuple[str, ...], made: tuple[str, ...]
) -> tuple[Mapping[str, None], tuple[str, ...]]:
    """Of the columns that are not given: those that hold nothing, and those that the database fills."""
    others = [each.key for each in inspect(model).column_attrs if each.key not in (*given, *_STAMPS)]
    filled = {*made, *_filled(_table(model))}
    return dict.fromkeys(name for name in others if name not in filled), tuple(n for n in others if n in filled)


def _table(model: type[TenantModel]) -> Table:
    found = model.__table__
    assert isinstance(found, Table)
    return found


@lru_cache
def _documents(table: Table) -> tuple[tuple[str, Callable[[Any, Any], Any] | None], ...]:
    """The columns of JSON, each with the form that its own type gives it, if it has one."""
    kinds = [(each.name, each.type) for each in table.columns]
    return tuple(
        (name, kind.process_bind_param if isinstance(kind, TypeDecorator) else None)
        for name, kind in kinds
        if isinstance(kind.impl if isinstance(kind, TypeDecorator) else kind, JSON)
    )


@lru_cache(maxsize=1024)
def _together(kept: tuple[tuple[Shape, Made, tuple[str, ...], bool], ...], plain: tuple[tuple[Shape, int], ...]) -> str:
    """One statement that writes the objects and so many rows of each shape, and tells what the objects get.

    The rows do not see each other; foreign keys do.
    """
    inserts, first = [], 1
    for shape, made, left, changed in kept:
        if changed:
            inserts.append(_update(shape, first=first, returning=left))
        else:
            inserts.append(_insert(shape, first=first, made=made, returning=left))
        first += len(shape[1]) + (len(_KEY) if changed else 0)
    for shape, rows in plain:
        inserts.append(_insert(shape, first=first, rows=rows))
        first += len(shape[1]) * rows
    if not kept:
        *inserts, last = inserts
    else:
        told = [f"insert_{number}.{quote(name)}" for number, (_, _, left, _) in enumerate(kept) for name in left]
        last = f"SELECT {', '.join(told)} FROM {', '.join(f'insert_{number}' for number in range(len(kept)))}"
    before = ", ".join(f"insert_{number} AS ({each})" for number, each in enumerate(inserts))
    return f"WITH {before} {last}" if before else last


@lru_cache(maxsize=1024)
def _insert(shape: Shape, *, first: int = 1, rows: int = 1, made: Made = (), returning: tuple[str, ...] = ()) -> str:
    """With places `$first` and following."""
    table, columns = shape
    unknown = {*columns, *dict(made), *returning} - set(table.columns.keys())
    if unknown:
        raise TypeError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    names = _named([*columns, *dict(made)])
    place = count(first)
    told = [", ".join([*(f"${next(place)}" for _ in columns), *dict(made).values()]) for _ in range(rows)]
    statement = f"INSERT INTO {quote(table.name)} ({names}) VALUES ({'), ('.join(told)})"
    return f"{statement} RETURNING {_named(returning)}" if returning else statement


_KEY = ("tenant_id", "id", "version")


@lru_cache(maxsize=1024)
def _update(shape: Shape, *, first: int, returning: tuple[str, ...]) -> str:
    """With places `$first` and following; the key and the version that it must have come last."""
    table, columns = shape
    place = count(first)
    told = [f"{quote(name)} = ${next(place)}" for name in columns]
    told += ["updated_at = now()", "version = version + 1"]
    key = [f"{quote(name)} = ${next(place)}" for name in _KEY]
    return f"UPDATE {quote(table.name)} SET {', '.join(told)} WHERE {' AND '.join(key)} RETURNING {_named(returning)}"


def _named(names: Iterable[str]) -> str:
    return ", ".join(quote(name) for name in names)


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
