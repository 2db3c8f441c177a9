"""The server's own catalog: every table's row security, policies, grants and keys are as declared, or it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, text

from core.db.check import check


@contextmanager
def owner_of(database: Any) -> Iterator[Connection]:
    """The owner of the schema, in a transaction that is rolled back; another run's migration waits for it."""
    engine = database.owner_engine()
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(7306)"))
        yield connection
        connection.rollback()
    engine.dispose()


BREACHES = {
    "row security switched off": (
        "ALTER TABLE customer NO FORCE ROW LEVEL SECURITY",
        "customer: row-level security is not forced",
    ),
    "a policy gone": ("DROP POLICY provider_read ON customer", "customer: policy provider_read is missing"),
    "a policy too many": ("CREATE POLICY planted ON customer USING (true)", "customer: unknown policy planted"),
    "a policy that says more": (
        "ALTER POLICY app_update ON customer USING (true)",
        "customer: policy app_update says something else than declared",
    ),
    "a right too many": ("GRANT TRUNCATE ON customer TO PUBLIC", "customer: PUBLIC has ('TRUNCATE',), declared ()"),
    "a key across tenants": (
        "CREATE UNIQUE INDEX planted_key ON customer (id)",
        "customer: unique index planted_key does not begin with tenant_id",
    ),
    "a table that nobody declared": (
        "CREATE TABLE planted (id uuid PRIMARY KEY); GRANT SELECT ON planted TO PUBLIC",
        "planted: open to PUBLIC, but it has no wall",
    ),
    "a function opened to everybody": (
        "GRANT EXECUTE ON FUNCTION tenant_find(text) TO PUBLIC",
        "function tenant_find: open to PUBLIC, kehub_app; declared for kehub_app",
    ),
    "a strong function that nobody declared": (
        "CREATE FUNCTION planted() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM customer'",
        "function planted: runs with the rights of kehub_owner, and no file declares it",
    ),
    "a strong function that looks anywhere": (
        "ALTER FUNCTION tenant_find(text) RESET search_path",
        "function tenant_find: must be owned by kehub_auth and have search_path=pg_catalog, public, pg_temp",
    ),
    "a reference across tenants": (
        "ALTER TABLE unit ADD CONSTRAINT planted FOREIGN KEY (parent_id, tenant_id) REFERENCES unit (id, tenant_id)",
        "unit: foreign key planted does not begin with tenant_id on both sides",
    ),
    "a platform table opened to the application": (
        "GRANT SELECT ON user_account TO PUBLIC",
        "user_account: open to PUBLIC, but it has no wall",
    ),
}


def test_the_servers_walls_are_the_declared_ones(database: Any) -> None:
    with owner_of(database) as owner:
        assert check(owner, database.roles(owner.engine)) == []


@pytest.fixture(scope="module")
def breached(database: Any) -> list[str]:
    """What is told when all of them are there at once: none hides another, and nothing else is told but their echoes."""
    with owner_of(database) as connection:
        for statements, _ in BREACHES.values():
            for statement in statements.split(";"):
                connection.exec_driver_sql(statement)
        return check(connection, database.roles(connection.engine))


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_of_the_wall_is_told(breached: list[str], breach: str) -> None:
    _, told = BREACHES[breach]
    assert told in breached


def test_nothing_is_told_that_was_not_breached(breached: list[str]) -> None:
    assert sorted(breached) == sorted(told for _, told in BREACHES.values())
