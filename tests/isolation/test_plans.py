"""The walls cost little: behind them a provider's pages read what is lent through indexes, however much there is beside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from core.db import driver, scope
from core.db.base import db
from core.engagements.models import Engagement
from core.testing.people import World, make_world
from core.web.security import SESSION_COOKIE
from tests.isolation.conftest import Asking
from tests.isolation.visits import Visitor, visitor

CUSTOMERS, LENT = 20_000, 500
BIG = {"customer", "lease"}

FILL = (
    "INSERT INTO customer (tenant_id, id, number, name, name_key, updated_at)"
    " SELECT :t, gen_random_uuid(), n, 'Name ' || n, 'name ' || n, now() - n * interval '1 second'"
    " FROM generate_series(1, :many) n",
    "INSERT INTO lease (tenant_id, id, engagement_id, provider_tenant_id, customer_id, purpose, expires_at)"
    " SELECT c.tenant_id, gen_random_uuid(), :e, :p, c.id, 'retention', now() + interval '30 days'"
    " FROM customer c WHERE c.tenant_id = :t AND c.number % (:many / :lent) = 0",
    "INSERT INTO lease (tenant_id, id, engagement_id, provider_tenant_id, customer_id, purpose, expires_at)"
    " SELECT c.tenant_id, gen_random_uuid(), :other, :p, c.id, 'survey', now() + interval '30 days'"
    " FROM customer c WHERE c.tenant_id = :t",
)


@pytest.fixture(scope="module")
def crowded(app: Flask, asking: Asking, database: Any) -> World:
    """A tenant with 20,000 customers, 500 of them lent, and all of them to another engagement."""
    world = make_world(app)
    other = Engagement(provider_tenant_id=world.provider_id, provider_name="Survey", name="Survey")
    values = {
        "t": world.tenant_id, "e": world.engagement_id, "p": world.provider_id, "other": other.id, "many": CUSTOMERS,
        "lent": LENT,
    }  # fmt: skip
    with asking(world.alice.context) as session:
        session.add(other)
        session.flush()
        for statement in FILL:
            session.execute(text(statement).execution_options(**scope.RLS_ONLY), values)
        session.commit()
    engine = database.owner_engine()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in sorted(BIG):
            connection.exec_driver_sql(f"ANALYZE {table}")
    engine.dispose()
    return world


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """Every statement that the driver sends from here on."""
    sent: list[tuple[Any, Any]] = []
    execute = psycopg.Cursor.execute

    def recording(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        sent.append((query, params))
        return execute(self, query, params, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", recording)
    monkeypatch.setattr(driver.Statement, "_prepared", lambda *_: None)  # by a cursor, where it is seen
    return sent


@contextmanager
def cursor(app: Flask, world: World, name: str) -> Iterator[psycopg.Cursor[Any]]:
    with app.app_context():
        session = db.session()
        scope.enter(session, getattr(world, name).context)
        connection: Any = session.connection().connection.driver_connection
        yield connection.cursor()
        session.rollback()
        db.session.remove()


def whole_scans(plan: Any) -> list[str]:
    """Big tables that a plan reads from one end to the other."""
    found = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in BIG else []
    return found + [name for below in plan.get("Plans", ()) for name in whole_scans(below)]


def plans(app: Flask, world: World, name: str, sent: list[tuple[Any, Any]]) -> Iterator[tuple[str, Any]]:
    """How the server answers each recorded question about customers, asked again in the same scope.

    Those on the driver twice: as it plans for the very values, and as it does once it keeps a plan for any.
    """
    on_the_driver = {query.decode() for query, _ in sent if isinstance(query, bytes)}
    texts = [(query.decode() if isinstance(query, bytes) else query, params) for query, params in sent]
    questions = {query: params for query, params in texts if isinstance(query, str) and "customer" in query}
    with cursor(app, world, name) as usual:
        usual.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        for query, params in questions.items():
            asked = psycopg.RawCursor(usual.connection) if query in on_the_driver and "$1" in query else usual
            if query.lstrip().upper().startswith(("SELECT", "WITH")) and not re.search(
                "principal\\(|INSERT INTO", query
            ):
                yield query, plan_of(asked, f"EXPLAIN (FORMAT JSON) {query}", params)
                if query not in on_the_driver:
                    continue
                asked.execute(query, params, prepare=True)
                kept, count = asked.execute(KEPT).fetchone() or ("", 0)
                values = f"({', '.join(['NULL'] * count)})" if count else ""
                yield query, plan_of(asked, f'EXPLAIN (FORMAT JSON) EXECUTE "{kept}" {values}', None)


KEPT = (
    "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements WHERE statement NOT LIKE '%pg_prepared%'"
    " ORDER BY prepare_time DESC LIMIT 1"
)


def plan_of(asked: psycopg.Cursor[Any], statement: str, params: Any) -> Any:
    (answer,) = asked.execute(statement, params).fetchone() or ([],)
    return (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]


PAGES = ("/customers", "/customers?sort=name", "/customers?sort=-name", "/customers?sort=-number", "/cases", "/")
RESOURCES = ("/api/v1/customers", "/api/v1/customers?sort=name", "/api/v1/customers?limit=200")


def opened(app: Flask, person: Visitor) -> int:
    """Opens the pages and resources; how many there were."""
    client = app.test_client()
    client.set_cookie(SESSION_COOKIE, person.session)
    headers = {"Authorization": f"Bearer {person.token}"}
    answers = [client.get(f"/t/{person.person.workspace}{path}") for path in PAGES]
    answers += [app.test_client().get(path, headers=headers) for path in RESOURCES]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return len(answers)


@pytest.mark.parametrize("name", ["dan", "bob"])
def test_a_providers_lists_read_no_big_table_from_end_to_end(
    app: Flask, crowded: World, recorded: list[tuple[Any, Any]], name: str
) -> None:
    person = visitor(app, getattr(crowded, name))
    recorded.clear()
    assert opened(app, person)
    asked = list(plans(app, crowded, name, list(recorded)))
    assert len(asked) > len(PAGES)
    assert [(whole_scans(plan), query) for query, plan in asked if whole_scans(plan)] == []
    assert any("ix_lease_number" in str(plan) for _, plan in asked), "a list by number walks from lease to lease"


def test_the_bare_walls_use_the_index_of_leases(app: Flask, crowded: World) -> None:
    """Without the query's own EXISTS, which the lists repeat: only the policy."""
    with cursor(app, crowded, "dan") as asked:
        one = asked.execute("SELECT id FROM customer WHERE number = %s", [CUSTOMERS // LENT]).fetchone()
        assert one is not None
        for query in (
            f"SELECT * FROM customer WHERE tenant_id = '{crowded.tenant_id}' AND id = '{one[0]}'",
            f"SELECT * FROM timeline_entry WHERE tenant_id = '{crowded.tenant_id}' AND customer_id = '{one[0]}'",
            f"SELECT * FROM interaction WHERE tenant_id = '{crowded.tenant_id}' AND customer_id = '{one[0]}'",
        ):
            (answer,) = asked.execute(f"EXPLAIN (FORMAT JSON) {query}").fetchone() or ([],)
            assert whole_scans(answer[0]["Plan"]) == [], query


def test_a_provider_sees_as_many_customers_as_are_lent(app: Flask, crowded: World) -> None:
    with cursor(app, crowded, "dan") as asked:
        assert asked.execute("SELECT count(*) FROM customer").fetchone() == (LENT,)
