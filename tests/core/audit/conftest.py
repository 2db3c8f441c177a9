"""A trail to seal, and the hand of somebody who has the database and no key."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core.audit import sealing
from core.audit import service as audit
from core.db import scope
from core.testing.people import World

PATIENCE = 60.0


def note(session: Session, world: World, count: int = 1, *, action: str = "unit.created") -> None:
    """So many entries, each in a transaction of its own."""
    for number in range(count):
        scope.enter(session, world.alice.context)
        audit.append(
            session, context=world.alice.context, action=action, subject=("unit", None), details={"count": number}
        )
        session.commit()


def seal_all(session: Session, world: World, *, most: int = sealing.MOST) -> int:
    """Seal everything that is committed. Other programs on the same server may hold it up for a moment."""
    sealed, until = 0, time.monotonic() + PATIENCE
    while True:
        session.rollback()
        scope.enter(session, world.alice.context)
        batch = sealing.seal(session, most=most)
        sealed += batch.entries if batch else 0
        session.commit()
        if batch is None and _waiting(session, world) == 0:
            return sealed
        assert time.monotonic() < until, "entries wait to be sealed: somebody's transaction is open"
        if batch is None:
            time.sleep(0.05)


def _waiting(session: Session, world: World) -> int:
    from core.audit.verifying import waiting

    scope.enter(session, world.alice.context)
    left = waiting(session)
    session.commit()
    return left


@pytest.fixture
def tamper(database: Any) -> Iterator[Callable[..., int]]:
    """Run a statement as the owner of the tables with their walls down. How many rows it touched."""
    engine = database.owner_engine()
    yield lambda statement, **values: _run(engine, statement, values)
    engine.dispose()


def _run(engine: Engine, statement: str, values: dict[str, Any]) -> int:
    tables = ("audit_entry", "audit_batch", "customer")
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '20s'"))
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
        touched = connection.execute(text(statement), values).rowcount
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
    return touched
