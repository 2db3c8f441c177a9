"""The driver's connection: alive, in UTC, planned for whom it serves; and lists read straight on it, both walls standing."""

from __future__ import annotations

from contextlib import suppress

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DataError, DBAPIError, NotSupportedError, OperationalError

from core.customers.models import Customer
from core.customers.rows import customer_rows
from core.db import driver, scope
from core.db.base import db
from core.db.bootstrap import engine_for
from core.db.reading import Listing
from core.identity.models import UserAccount
from core.testing.people import make_world


def value(session, statement: str):
    return session.execute(text(statement).execution_options(**scope.PLATFORM)).scalar_one()


def test_a_connection_that_the_server_closed_is_not_handed_out(app, database):
    with app.app_context():
        with db.engine.connect() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with engine_for(database.app_url).connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid


def test_every_connection_speaks_utc(session):
    assert value(session, "SHOW timezone") == "UTC"


def test_each_role_has_a_text_of_its_own_so_that_the_server_keeps_its_plan(session, world):
    names = Listing(select(Customer.name))
    for person in (world.alice, world.dan, world.alice):
        scope.enter(session, person.context)
        names.fetch(session)
        session.commit()
    scope.enter(session, world.alice.context)
    kept = value(session, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%customer.name%customer%'")
    assert kept == 2


def test_a_providers_statements_are_planned_each_time_for_its_own_leases(session, world):
    for person, kept in ((world.dan, 0), (world.alice, 1)):
        for _ in range(8):
            scope.enter(session, person.context)
            session.scalars(select(Customer.salutation)).all()
            session.commit()
        scope.enter(session, person.context)
        prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%customer.salutation%'"
        assert value(session, prepared) == kept
        session.commit()


def test_a_providers_list_has_a_plan_for_the_very_tenant_and_engagement(session, world):
    scope.enter(session, world.dan.context)
    customer_rows(session, context=world.dan.context)
    prepared = "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%customer.number%lease%'"
    text_ = value(session, prepared)
    assert str(world.tenant_id) in text_
    assert str(world.engagement_id) in text_


def test_a_list_read_on_the_driver_names_the_tenant_itself(app, session, world):
    other = make_world(app)
    for person in (world.alice, other.alice):
        scope.enter(session, person.context)
        session.add(Customer(number=1, name=person.workspace, name_key=person.workspace))
        session.commit()

    names = Listing(select(Customer.name))
    scope.enter(session, world.alice.context)
    assert names.fetch(session) == [(world.slug,)]
    assert "customer.tenant_id = %(scope_tenant)s" in names._compiled[None][0]


def test_a_list_needs_a_scope_and_something_to_wall(session, world):
    with pytest.raises(scope.ScopeError):
        Listing(select(Customer.name)).fetch(session)
    scope.enter(session, world.alice.context)
    with pytest.raises(scope.ScopeError, match="nothing in this one can be walled"):
        Listing(select(UserAccount.name)).fetch(session)


def test_what_is_prepared_is_sent_without_a_cursor_until_a_rollback(session, world, monkeypatch):
    scope.enter(session, world.alice.context)
    by_cursor: list[object] = []
    original = driver.Statement._by_cursor
    monkeypatch.setattr(
        driver.Statement, "_by_cursor", lambda self, values: by_cursor.append(values) or original(self, values)
    )

    def asked(number: int | None) -> int:
        before = len(by_cursor)
        values = {"number": number, "text": "50%"}
        told = driver.fetch(session, "SELECT %(number)s::int, %(text)s::text || '%%', %(number)s::int", values)
        assert told == [(number, "50%%", number)]
        return len(by_cursor) - before

    assert [asked(7), asked(8)] == [1, 0]
    assert [asked(70_000), asked(None), asked(None), asked(9)] == [1, 1, 0, 0], "prepared for each type of its values"
    session.rollback()
    scope.enter(session, world.alice.context)
    assert [asked(7), asked(8)] == [1, 0], "the driver forgot it"


def test_what_a_prepared_statement_raises_is_told_as_of_any_other_without_its_values(app, session, world):
    scope.enter(session, world.alice.context)
    for number in (1, 1):
        driver.fetch(session, "SELECT 1 / %(number)s::int", {"number": number})
    with pytest.raises(DataError) as raised:
        driver.fetch(session, "SELECT 1 / %(number)s::int", {"number": 0})
    assert isinstance(raised.value.orig, psycopg.errors.DivisionByZero)
    assert "1 /" in str(raised.value)
    assert driver.connection(session).info.transaction_status.name == "INERROR"
    session.rollback()


def test_a_server_that_goes_away_under_a_prepared_statement_is_told_as_lost(app, session, world, database):
    scope.enter(session, world.alice.context)
    [(pid,)] = driver.fetch(session, "SELECT pg_backend_pid()", {})
    assert driver.fetch(session, "SELECT pg_backend_pid()", {}) == [(pid,)]
    with engine_for(database.app_url).connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with pytest.raises(OperationalError):  # on which a job is tried again
        driver.fetch(session, "SELECT pg_backend_pid()", {})
    with suppress(DBAPIError):
        session.rollback()
    scope.enter(session, world.alice.context)
    assert driver.fetch(session, "SELECT pg_backend_pid()", {}) != [(pid,)]


def test_statements_stay_prepared_from_one_request_to_the_next(api, app, world, monkeypatch):
    """On a rollback the driver forgets them: a request that only reads must not end with one."""
    caller = api(world.alice)
    assert caller.get("/customers").status_code == 200  # notes that the token was used
    ended: list[str] = []
    for name in ("commit", "rollback"):
        original = getattr(psycopg.Connection, name)

        def noted(self, name=name, original=original):
            if self.info.transaction_status.name == "INTRANS":
                ended.append(name)
            return original(self)

        monkeypatch.setattr(psycopg.Connection, name, noted)
    assert caller.get("/customers").status_code == 200
    assert ended == ["commit"]


def test_a_row_is_named_as_the_statement_tells_it_now(session, world):
    """What `select *` tells changes with the schema while connections stay: after the error of the old plan it is asked anew."""
    scope.enter(session, world.alice.context)

    def made(columns: str) -> None:
        driver.connection(session).execute(f"CREATE OR REPLACE TEMP VIEW changing AS SELECT {columns}")

    def asked() -> dict[str, int]:
        return driver.fetch_one(session, "SELECT * FROM changing", {})._asdict()

    made("1 AS older")
    assert [asked(), asked()] == [{"older": 1}, {"older": 1}]
    session.commit()
    scope.enter(session, world.alice.context)
    made("1 AS older, 2 AS newer")
    with suppress(NotSupportedError):
        asked()
    session.rollback()
    scope.enter(session, world.alice.context)
    made("1 AS older, 2 AS newer")
    assert [asked(), asked()] == [{"older": 1, "newer": 2}] * 2
    driver.connection(session).execute("DROP VIEW changing")
    session.commit()
