"""Each wall holds alone: what one of them would let through, the other keeps back.

Row-level security is taken down by the owner in a scratch copy of the database, the ORM's wall by a patch of the test. There is no
setting of the product for either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import create_engine, event, make_url, select, text
from sqlalchemy.orm import Session

from core.config import Config
from core.db import driver, home, scope
from core.db.base import db
from core.db.check import check
from core.db.migrate import walled_tables
from core.db.walls import quote
from tests.isolation.conftest import Asking
from tests.isolation.factory import MODELS, TABLES, Planted
from tests.isolation.test_tables import PROVIDER_TABLES, hidden_from_provider
from tests.isolation.visits import Visitor, by_chance, fillings, leaks, rules, said, uuids

SCRATCH = "kehub_scratch"
Owner = Callable[[str], None]


@pytest.fixture(scope="module")
def scratch(
    app: Flask, config: Config, database: Any, harbour: Planted, stranger: Planted, visitors: Mapping[str, Visitor]
) -> Iterator[str]:
    """The URL of a copy of the database for the application's login; the copy is gone afterwards."""
    if not config.embedded:
        pytest.skip("a copy is made by the superuser of the embedded server")
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    with psycopg.connect(home.server(config).superuser_conninfo(), autocommit=True) as server:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        server.execute(others, [home.DATABASE])
        server.execute(f"CREATE DATABASE {SCRATCH} TEMPLATE {home.DATABASE} OWNER {home.OWNER}")
        yield str(make_url(database.app_url).set(database=SCRATCH).render_as_string(hide_password=False))
        server.execute(f"DROP DATABASE {SCRATCH} WITH (FORCE)")


@pytest.fixture
def in_scratch(app: Flask, scratch: str) -> Iterator[None]:
    """The application works in the copy."""
    made = create_engine(scratch, **driver.options())
    with app.app_context():
        usual, db.engines[None] = db.engines[None], made
    yield
    with app.app_context():
        db.session.remove()
        db.engines[None] = usual
    made.dispose()


@pytest.fixture
def owner(database: Any, scratch: str) -> Iterator[Any]:
    """The owner's connection to the copy. What it changes is taken back."""
    url = make_url(database.owner_url).set(database=SCRATCH)
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def changed(owner: Any, *, do: list[str], undo: list[str]) -> Iterator[None]:
    for statement in do:
        owner.exec_driver_sql(statement)
    owner.commit()
    try:
        yield
    finally:
        for statement in undo:
            owner.exec_driver_sql(statement)
        owner.commit()


@pytest.fixture
def without_row_security(owner: Any, in_scratch: None) -> Iterator[None]:
    """Every table of the copy is open to whoever may ask."""
    names = [quote(name) for name in walled_tables()]
    down = [f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY" for name in names]
    up = [f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY" for name in names]
    with changed(owner, do=down, undo=up):
        yield


@pytest.fixture
def without_the_orms_wall() -> Iterator[None]:
    """No statement gets the tenant's criterion."""
    event.remove(Session, "do_orm_execute", scope._wall)
    yield
    event.listen(Session, "do_orm_execute", scope._wall)


def ids_of(planted: Planted) -> set[str]:
    return {str(row.id) for rows in planted.rows.values() for row in rows}


def crossing(harbour: Planted, stranger: Planted, asking: Asking) -> list[str]:
    """Tables from which a stranger's statement gets rows of the tenant."""
    found = []
    for table in TABLES:
        theirs = {row.id for row in harbour.rows[table]}
        for person in (stranger.world.alice, stranger.world.dan):
            if person.context.party == "client" or table in PROVIDER_TABLES:
                with asking(person.context) as session:
                    if theirs & set(session.scalars(select(MODELS[table].id))):
                        found.append(f"{table} for the {person.context.party}")
    return found


def overheard(app: Flask, harbour: Planted, person: Visitor) -> list[str]:
    """Addresses that tell a stranger a word or an id of the tenant."""
    found = []
    for rule in rules(app):
        places = next(fillings(app, harbour, rule), {})
        told = said(person.get(rule, **places))
        asked = {str(value) for value in places.values()}
        spoken = leaks(told, [harbour.word, harbour.world.slug]) + sorted((uuids(told) & ids_of(harbour)) - asked)
        found += [f"{rule.rule}: {spoken[:3]}"] if spoken else []
    return found


def raw(session: Session, table: str) -> int:
    statement = text(f"SELECT count(DISTINCT tenant_id) FROM {quote(table)}").execution_options(**scope.RLS_ONLY)
    return int(session.scalar(statement) or 0)


def test_the_orms_wall_holds_without_the_databases(
    app: Flask, harbour: Planted, stranger: Planted, asking: Asking, visitors: Mapping[str, Visitor],
    without_row_security: None,
) -> None:  # fmt: skip
    with asking(stranger.world.alice.context) as session:
        assert raw(session, "customer") > 1, "row security still stands"
    assert crossing(harbour, stranger, asking) == []
    assert "\n".join(overheard(app, harbour, visitors["stranger"])) == ""


def test_the_databases_wall_holds_without_the_orms(
    app: Flask, harbour: Planted, stranger: Planted, asking: Asking, visitors: Mapping[str, Visitor],
    without_the_orms_wall: None,
) -> None:  # fmt: skip
    with asking(stranger.world.alice.context) as session:
        session.execute(text("SELECT 1"))  # which the ORM's wall would refuse
    assert crossing(harbour, stranger, asking) == []
    for who in ("stranger", "stranger's agent"):
        assert "\n".join(overheard(app, harbour, visitors[who])) == ""


def test_without_either_wall_rows_do_cross(
    harbour: Planted, stranger: Planted, asking: Asking, without_row_security: None, without_the_orms_wall: None
) -> None:
    """Else the two tests above would prove nothing."""
    assert len(crossing(harbour, stranger, asking)) > len(TABLES)


# -- what is taken away is noticed ------------------------------------------------------------------------------------

NARROWED = [name for name in PROVIDER_TABLES if name != "lease" and MODELS[name].__walls__.provider != "tenant"]
LOOSENED = by_chance(NARROWED, 3)
"""Picked by chance from those that show a provider less than all of its client's rows."""


def leaked(harbour: Planted, asking: Asking, table: str) -> list[Any]:
    """Rows that a provider sees and must not, and whether it sees any at all."""
    with asking(harbour.world.dan.context) as session:
        seen = set(session.scalars(select(MODELS[table].id)))
    return [row for row in harbour.rows[table] if row.id in seen and hidden_from_provider(row)] or (
        [] if seen else ["nothing is seen"]
    )


@pytest.mark.parametrize("table", LOOSENED)
def test_a_policy_that_is_gone_or_says_less_is_noticed(
    harbour: Planted, asking: Asking, owner: Any, database: Any, in_scratch: None, table: str
) -> None:
    engine = database.owner_engine()
    roles = database.roles(engine)
    engine.dispose()
    kept = owner.execute(
        text("SELECT qual FROM pg_policies WHERE tablename = :t AND policyname = 'provider_read'"), {"t": table}
    ).scalar_one()
    owner.rollback()
    name, role = quote(table), quote(roles.provider)
    drop = f"DROP POLICY provider_read ON {name}"
    again = f"CREATE POLICY provider_read ON {name} FOR SELECT TO {role} USING ({kept})"
    assert leaked(harbour, asking, table) == []
    with changed(owner, do=[drop], undo=[again]):
        assert leaked(harbour, asking, table) == ["nothing is seen"]
        assert f"{table}: policy provider_read is missing" in check(owner, roles)
        owner.rollback()
    loose = f"CREATE POLICY provider_read ON {name} FOR SELECT TO {role} USING (true)"
    with changed(owner, do=[drop, loose], undo=[drop, again]):
        assert leaked(harbour, asking, table) not in ([], ["nothing is seen"])
        assert f"{table}: policy provider_read says something else than declared" in check(owner, roles)
        owner.rollback()
