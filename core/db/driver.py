"""The engine's options, and the way to the driver's own connection for the few statements that every request runs.

1. A pooled connection is not pinged with a statement: an idle one that is readable has been closed by the server (or is about
to say so), which costs no round trip to learn.
2. `fetch` sends a statement that the driver has prepared on this connection straight to it: a cursor's own work for one of them
takes as long as the server's. Whatever is not prepared yet, or not any more, goes through a cursor, which prepares it.
"""

from __future__ import annotations

import re
import select
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import orjson
import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import OperationalError, error_from_result
from psycopg.pq.abc import PGresult
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import Session

OFTEN, NEVER = 5, 2**31
"""How many times a statement is sent before the driver has the server prepare it."""

STATEMENTS, _STATEMENTS = 128, "statements"
"""How many are kept with a connection, and where."""

EITHER = PyFormat("s")
"""Text or binary, as the type prefers."""

HELD = "held_connection"
"""In `Session.info`: the connection of the running transaction, from its first statement on."""

TEXT_OF_ROLE = "text_of_role"
"""In `Session.info`: what ends the text of a statement in the running transaction's scope."""


def options() -> dict[str, Any]:
    """Of the application's engine. Every connection speaks UTC, so that times need no conversion on their way out."""
    return {
        "pool_size": 5,
        "max_overflow": 5,
        "pool_use_lifo": True,  # the connection that was used last has the statements prepared
        "pool_events": [(_refuse_dead, "checkout")],
        "connect_args": {"options": "-c timezone=UTC"},
        "json_deserializer": orjson.loads,
        "json_serializer": lambda value: orjson.dumps(value).decode(),
    }


def connection(session: Session) -> psycopg.Connection[Any]:
    """The driver's connection of the session's transaction. No wall of the ORM stands there: see `reading.Listing`."""
    return cast(psycopg.Connection[Any], _held(session).dbapi_connection)


def _held(session: Session) -> Any:
    """The pool's connection. Asked of the session once in a transaction, since it looks for the engine each time; but in a
    savepoint always, since asking is what begins it.
    """
    if session.in_nested_transaction():
        return session.connection().connection
    found = session.info.get(HELD)
    if found is None:
        found = session.info[HELD] = session.connection().connection
    return found


def fetch(session: Session, statement: str, values: Any, *, raw: bool = False) -> list[tuple[Any, ...]]:
    """The rows of a statement that is asked for all the time, prepared; none where it tells nothing.

    What is known of it is kept with the connection. `raw`: its places are `$1`, otherwise `%(name)s`.
    """
    return _rows(_known(session, statement, raw=raw), values)


def fetch_one(session: Session, statement: str, values: Any) -> Any | None:
    """The only row of such a statement, its values by name; None where there is none."""
    known = _known(session, statement)
    rows = _rows(known, values)
    return known.row._make(rows[0]) if rows else None


def _rows(known: Statement, values: Any) -> list[tuple[Any, ...]]:
    try:
        return known.rows(values)
    except psycopg.Error as error:
        raise told(error, statement=known.text) from error


def told(error: psycopg.Error, *, statement: str) -> BaseException:
    """The driver's error as SQLAlchemy tells it, so that whoever catches, retries or answers knows one kind only."""
    return DBAPIError.instance(statement, None, error, psycopg.Error, hide_parameters=True)


def _known(session: Session, statement: str, *, raw: bool = False) -> Statement:
    held = _held(session)
    kept: dict[tuple[str, str], Statement] = held.info.setdefault(_STATEMENTS, {})
    key = (statement, session.info.get(TEXT_OF_ROLE, ""))
    known = kept.get(key)
    if known is None:
        if len(kept) >= STATEMENTS:
            kept.clear()
        known = kept[key] = Statement(held.dbapi_connection, "".join(key), raw=raw)
    return known


_PLACE = re.compile(r"%\((\w+)\)s|%%")


class Statement:
    """A statement on one connection. `row` makes a row with names, once it was asked."""

    row: Any = None

    def __init__(self, of: psycopg.Connection[Any], text: str, *, raw: bool) -> None:
        self._of, self._server = of, of.pgconn
        self._names: list[str] | None = None if raw else []
        self._text = (text if raw else _PLACE.sub(self._placed, text)).encode()
        self._cursor = psycopg.RawCursor(of)
        self._types = Transformer(of)
        self._told: list[str] = []

    @property
    def text(self) -> str:
        return self._text.decode()

    def _placed(self, found: re.Match[str]) -> str:
        name, names = found[1], cast(list[str], self._names)
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    def rows(self, values: Mapping[str, Any] | Sequence[Any]) -> list[tuple[Any, ...]]:
        given = values if self._names is None else [cast(Mapping[str, Any], values)[name] for name in self._names]
        listed = cast(Sequence[Any], given)
        sent: Any = self._types.dump_sequence(listed, [EITHER] * len(listed))
        name = self._prepared(self._types.types or ()) if self.row is not None else None
        if name is None or self._server.pipeline_status != pq.PipelineStatus.OFF:
            return self._by_cursor(listed)
        if self._server.transaction_status == pq.TransactionStatus.IDLE and not self._of.autocommit:
            if not self._usual():
                return self._by_cursor(listed)
            self._server.exec_(b"BEGIN")
        return self._read(self._server.exec_prepared(name, sent, self._types.formats))

    def _prepared(self, types: tuple[int, ...]) -> bytes | None:
        """The name under which the driver has prepared it for values of these types. It forgets all on a rollback, and those
        that were not used for long."""
        names: Any = getattr(getattr(self._of, "_prepared", None), "_names", None)
        key = (self._text, types)
        if not names or key not in names:
            return None
        names.move_to_end(key)
        name: bytes = names[key]
        return name

    def _usual(self) -> bool:
        """Whether the transaction that it would begin is one of the server's usual kind."""
        return (self._of.isolation_level, self._of.read_only, self._of.deferrable) == (None, None, None)

    def _read(self, told: PGresult) -> list[tuple[Any, ...]]:
        if self._server.status != pq.ConnStatus.OK:
            raise OperationalError("the connection is lost")
        if told.status not in _DONE:
            raise error_from_result(told, encoding=self._of.info.encoding)
        self._types.set_pgresult(told)
        found: list[tuple[Any, ...]] = self._types.load_rows(0, told.ntuples, tuple) if told.nfields else []
        self._types.set_pgresult(None)  # what was read does not stay until the next time
        told.clear()
        return found

    def _by_cursor(self, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        told = self._cursor.execute(self._text, values, prepare=True).pgresult
        names = [column.name for column in self._cursor.description or ()]
        # A statement goes through here before it is sent by itself, and again once the schema has changed under it: the server
        # refuses the old plan, and the rollback forgets that.
        if self.row is None or names != self._told:
            self.row, self._told = namedtuple("Row", names, rename=True), names
        rows: list[tuple[Any, ...]] = self._cursor.fetchall() if told is not None and told.nfields else []
        if told is not None:
            told.clear()
        return rows


_DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


def raw(session: Session) -> psycopg.Cursor[Any]:
    """For statements with places `$1` that many rows are sent with."""
    return psycopg.RawCursor(connection(session))


def prepare_as_asked(session: Session, *, always: bool) -> None:
    """Whether the driver prepares a statement by itself once it was sent a few times; one that asks for it is in any case.

    A provider's are planned each time for its own leases: a plan that the server keeps is for any tenant and engagement, and
    read 20,000 leases and 200,000 customers for a list of 50 (1.2 s instead of 2 ms, bench `list`).
    """
    connection(session).prepare_threshold = OFTEN if always else NEVER


@contextmanager
def prepared(session: Session) -> Iterator[None]:
    """What SQLAlchemy sends within is planned once, a provider's too: statements that find a row or two by a whole key."""
    held = connection(session)
    before, held.prepare_threshold = held.prepare_threshold, 0
    try:
        yield
    finally:
        held.prepare_threshold = before


def text_of_role(session: Session) -> str:
    """What ends the text of a prepared statement, so that each database role has its own.

    Behind row security the server plans a statement for one role, and anew when it meets another on the same connection.
    """
    found: str = session.info.get(TEXT_OF_ROLE, "")
    return found


def _refuse_dead(dbapi_connection: psycopg.Connection[Any], _record: Any, _proxy: Any) -> None:
    """Raise DisconnectionError, on which the pool connects again."""
    connected = dbapi_connection.pgconn
    if connected.status != pq.ConnStatus.OK or _readable(connected.socket):
        raise DisconnectionError("The server closed this connection.")


def _readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
