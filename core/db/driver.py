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
from psycopg.rows import namedtuple_row
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session


def options() -> dict[str, Any]:
    """Of the application's engine. Every connection speaks UTC, so that times need no conversion on their way out."""
    return {
        "pool_size": 5,
        "max_overflow": 5,
        "pool_events": [(_refuse_dead, "checkout")],
        "connect_args": {"options": "-c timezone=UTC"},
        "json_deserializer": orjson.loads,
        "json_serializer": lambda value: orjson.dumps(value).decode(),
    }


def connection(session: Session) -> psycopg.Connection[Any]:
    """The driver's connection of the session's transaction. No wall of the ORM stands there: see `reading.Listing`."""
    found: Any = session.connection().connection.dbapi_connection
    return cast(psycopg.Connection[Any], found)


def rows(session: Session, statement: str, values: dict[str, Any]) -> list[Any]:
    """What a function that walls for itself tells, as named tuples: a millisecond less than through the session."""
    cursor = connection(session).cursor(row_factory=namedtuple_row)
    found: list[Any] = cursor.execute(statement.encode(), values, prepare=True).fetchall()
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
