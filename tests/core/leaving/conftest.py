"""A tenant that leaves, and the hands that push it through the door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.config import Config
from core.context import Context
from core.db import home, scope
from core.db.base import db
from core.leaving import deletion
from core.tenants import life
from core.tenants.models import Tenant


def ask_to_close(session: Session, context: Context, *, over: bool = False) -> None:
    """`over`: the days of grace have passed since."""
    scope.enter(session, context)
    life.move(session, context=context, event="close", reason="We go elsewhere", days=30)
    if over:
        past = datetime.now(UTC) - timedelta(minutes=1)
        session.execute(update(Tenant).where(Tenant.id == context.tenant_id).values(erase_after=past))
    session.commit()


def delete(session: Session, tenant_id: UUID) -> UUID:
    """Every slice, as the worker would do them. The certificate's id."""
    certificate_id = deletion.begin(session, tenant_id=tenant_id)
    session.commit()
    assert certificate_id is not None
    for _ in range(1000):
        if not deletion.work(db.engine, certificate_id=certificate_id, seconds=0.3):
            return certificate_id
    raise AssertionError("the deletion does not end")


@pytest.fixture
def inside(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session()
        db.session.rollback()
        db.session.remove()


@pytest.fixture(scope="session")
def everywhere(config: Config, database: Any) -> Callable[[UUID], dict[str, int]]:
    """An oracle of its own: the server's superuser reads every column of every table as text, past every wall."""
    if not config.embedded:
        pytest.skip("the superuser of a server that is not ours is nobody's business")
    conninfo = home.server(config).ensure().superuser_conninfo(home.DATABASE)

    def found(tenant_id: UUID) -> dict[str, int]:
        counts = {}
        with psycopg.connect(conninfo) as connection:
            names = connection.execute(
                "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'p', 'm')"
                " AND c.relnamespace = 'public'::regnamespace"
            ).fetchall()
            for (name,) in names:
                like = f"SELECT count(*) FROM {name} x WHERE (x.*)::text LIKE %s OR (x.*)::text LIKE %s"
                row = connection.execute(like, [f"%{tenant_id}%", f"%{tenant_id.hex}%"]).fetchone()  # type: ignore[arg-type]
                assert row is not None
                counts[name] = row[0]
        return {name: count for name, count in counts.items() if count}

    return found
