"""The engine's options, and the way to the driver's own connection for the few statements that every request runs.

A pooled connection is not pinged with a statement: an idle one that is readable has been closed by the server (or is about
to say so), which costs no round trip to learn.
"""

from __future__ import annotations

import select
from typing import Any, cast

import orjson
import psycopg
from psycopg import pq
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session

OFTEN, NEVER = 5, 2**31
"""How many times a statement is sent before the driver has the server prepare it."""

CURSORS, _CURSORS = 128, "cursors"
"""How many cursors are kept with a connection, and where."""

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
    found: Any = session.connection().connection.dbapi_connection
    return cast(psycopg.Connection[Any], found)


def fetch(session: Session, statement: str, values: Any, *, raw: bool = False) -> list[tuple[Any, ...]]:
    """The rows of a statement that is asked for all the time, prepared; none where it tells nothing.

    Its cursor is kept with the connection: one that meets the very same text again need not look at it or at the types anew,
    a third of the driver's work. `raw`: its places are `$1`, and the driver does not look for `%s` in a long text.
    """
    held: Any = session.connection().connection
    kept = held.info.setdefault(_CURSORS, {})
    key = (statement, session.info.get(TEXT_OF_ROLE, ""))
    if key not in kept:
        if len(kept) >= CURSORS:
            kept.clear()
        made = (psycopg.RawCursor if raw else psycopg.Cursor)(held.dbapi_connection)
        kept[key] = made, "".join(key).encode()
    cursor, text = kept[key]
    told = cursor.execute(text, values, prepare=True).pgresult
    rows: list[tuple[Any, ...]] = cursor.fetchall() if told.nfields else []
    told.clear()  # what was read does not stay until the next time
    return rows


def raw(session: Session) -> psycopg.Cursor[Any]:
    """For statements with places `$1` that many rows are sent with."""
    return psycopg.RawCursor(connection(session))


def prepare_as_asked(session: Session, *, always: bool) -> None:
    """Whether the driver prepares a statement by itself once it was sent a few times; one that asks for it is in any case.

    A provider's are planned each time for its own leases: a plan that the server keeps is for any tenant and engagement, and
    read 20,000 leases and 200,000 customers for a list of 50 (1.2 s instead of 2 ms, bench `list`).
    """
    connection(session).prepare_threshold = OFTEN if always else NEVER


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
