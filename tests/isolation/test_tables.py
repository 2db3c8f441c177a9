"""Every table, from every side of its wall: another tenant, a provider, a session without a tenant, the sign-in tables.

Written once for all mapped tables. What a provider may see follows here from the trade (live lease, own engagement, what is
shared), not from the declared walls, so that a table whose wall was forgotten is found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from core.context import Reach
from core.db import scope
from core.db.base import db, new_id
from core.db.check import PLATFORM
from core.db.walls import Walls
from tests.isolation.conftest import Asking
from tests.isolation.factory import LENT, MODELS, NORTH, TABLES, Planted, Row

CLOSED = "permission denied"
WALLED = "violates row-level security"
PROVIDER_TABLES = [name for name in TABLES if MODELS[name].__walls__.provider != "none"]

every_table = pytest.mark.parametrize("table", TABLES)


def walls(table: str) -> Walls:
    return MODELS[table].__walls__


def run(session: Session, statement: str, **values: Any) -> Any:
    """A raw statement that only the database walls."""
    return session.execute(text(statement).execution_options(**scope.RLS_ONLY), values)


def attempt(session: Session, statement: Any, **values: Any) -> int | str:
    """Rows touched, or how the database refused; undone either way."""
    savepoint = session.begin_nested()
    try:
        statement = text(statement) if isinstance(statement, str) else statement
        return int(session.execute(statement.execution_options(**scope.RLS_ONLY), values).rowcount)  # type: ignore[attr-defined]
    except ProgrammingError as error:
        message = str(error.orig)
        return CLOSED if CLOSED in message else WALLED if WALLED in message else message
    except Exception as error:
        return f"admitted, then {type(error).__name__}"
    finally:
        savepoint.rollback()


def copy_of(row: Row, planted: Planted, *, tenant: Planted) -> Any:
    """An INSERT of the same row, under a new id, into a tenant."""
    values = {**row.values, "id": new_id(), "tenant_id": tenant.world.tenant_id}
    return insert(MODELS[row.table].__table__).values(values)


# -- another tenant ---------------------------------------------------------------------------------------------------


@every_table
def test_the_factory_fills_the_table(harbour: Planted, asking: Asking, table: str) -> None:
    """Else every other test here would prove nothing."""
    with asking(harbour.world.alice.context) as session:
        seen = set(session.scalars(select(MODELS[table].id)))
    assert {row.id for row in harbour.rows[table]} <= seen


@every_table
def test_another_tenant_sees_no_row(harbour: Planted, stranger: Planted, asking: Asking, table: str) -> None:
    theirs = {row.id for row in harbour.rows[table]}
    for person in (stranger.world.alice, stranger.world.bob):
        if person.context.party == "provider" and table not in PROVIDER_TABLES:
            continue
        with asking(person.context) as session:
            assert not theirs & set(session.scalars(select(MODELS[table].id)))
            assert not theirs & set(run(session, f'SELECT id FROM "{table}"').scalars())
            assert run(session, f'SELECT FROM "{table}" WHERE tenant_id = :t', t=harbour.world.tenant_id).all() == []


@every_table
def test_another_tenant_changes_and_deletes_no_row(
    harbour: Planted, stranger: Planted, asking: Asking, table: str
) -> None:
    theirs = {"t": harbour.world.tenant_id}
    for person in (stranger.world.alice, stranger.world.bob):
        with asking(person.context) as session:
            changed = attempt(session, f'UPDATE "{table}" SET created_at = now() WHERE tenant_id = :t', **theirs)
            deleted = attempt(session, f'DELETE FROM "{table}" WHERE tenant_id = :t', **theirs)
        assert changed in {0, CLOSED}
        assert deleted in {0, CLOSED}


@every_table
def test_another_tenant_adds_no_row(harbour: Planted, stranger: Planted, asking: Asking, table: str) -> None:
    row = harbour.rows[table][0]
    for person in (stranger.world.alice, stranger.world.bob):
        with asking(person.context) as session:
            assert attempt(session, copy_of(row, harbour, tenant=harbour)) in {WALLED, CLOSED}


@every_table
def test_a_row_cannot_be_pushed_into_another_tenant(
    harbour: Planted, stranger: Planted, asking: Asking, table: str
) -> None:
    own = stranger.rows[table][0].id
    with asking(stranger.world.alice.context) as session:
        pushed = attempt(
            session, f'UPDATE "{table}" SET tenant_id = :t WHERE id = :id', t=harbour.world.tenant_id, id=own
        )
    assert pushed == (CLOSED if walls(table).append_only else WALLED)


@pytest.mark.parametrize("table", [name for name in TABLES if not (walls(name).auth or walls(name).search)])
def test_the_owner_of_the_table_is_walled_too(database: Any, harbour: Planted, table: str) -> None:
    """But for the tables that sign-in and search functions read: the owner is a member of their roles, to install them."""
    engine = database.owner_engine()
    with engine.connect() as connection:
        assert connection.scalar(text(f'SELECT count(*) FROM "{table}"')) == 0
    engine.dispose()


@every_table
@pytest.mark.parametrize("party", ["client", "provider"])
def test_without_a_tenant_there_is_no_row(app: Flask, harbour: Planted, table: str, party: str) -> None:
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(text("SELECT set_config('role', scope_role(:party), true)"), {"party": party})
        if party == "provider" and table not in PROVIDER_TABLES:
            with pytest.raises(ProgrammingError, match=CLOSED):
                connection.execute(text(f'SELECT FROM "{table}"'))
        else:
            assert connection.execute(text(f'SELECT FROM "{table}"')).all() == []


HISTORY = {"audit_batch", "audit_entry", "case_step", "gate_decision", "meter_reading"}


def test_what_is_evidence_is_only_appended_to() -> None:
    assert {name for name in TABLES if walls(name).append_only} >= HISTORY


@every_table
def test_history_is_not_rewritten(harbour: Planted, asking: Asking, table: str) -> None:
    """Tables that are only appended to refuse UPDATE and DELETE to the client's own people."""
    with asking(harbour.world.alice.context) as session:
        if walls(table).append_only:
            assert attempt(session, f'UPDATE "{table}" SET created_at = now()') == CLOSED
        if walls(table).append_only or not walls(table).deletable:
            assert attempt(session, f'DELETE FROM "{table}"') == CLOSED
        assert attempt(session, f'TRUNCATE "{table}"') == CLOSED


# -- the provider -----------------------------------------------------------------------------------------------------


def hidden_from_provider(row: Row) -> bool:
    """What no provider may see, whatever a table declares; nor what hangs on such a row."""
    if row.place.parent is not None and hidden_from_provider(row.place.parent):
        return True
    sides = row.place.sides
    ends = {row.place.customer, row.place.other or row.place.customer}
    unleased = row.of_customer and not ends <= {*LENT} and sides.get("exposure") != "shared"
    if walls(row.table).provider == "engagement" and row.place.customer is None:
        unleased = False  # the engagement's own, about no customer
    if row.table == "audit_entry" and row.place.engagement == "own":
        unleased = False  # what its people did stays theirs to read after a lease has ended
    return (
        (unleased and row.table != "lease")
        or row.place.engagement in ("other", "offered", "closed")
        or sides.get("visibility") == "client"
        or (sides.get("audience") == "internal" and row.place.engagement is None)
        or sides.get("exposure") == "client_only"
    )


def shown_to_provider(row: Row) -> bool:
    """What its provider must see in a table that it reads at all: rows about its own engagement, or about none."""
    return not hidden_from_provider(row) and (row.place.engagement == "own" or not row.of_engagement)


@every_table
@pytest.mark.parametrize("name", ["bob", "dan"])
def test_a_provider_sees_what_is_lent_to_it_and_nothing_else(
    harbour: Planted, asking: Asking, table: str, name: str
) -> None:
    with asking(getattr(harbour.world, name).context) as session:
        if table not in PROVIDER_TABLES:
            assert attempt(session, f'SELECT FROM "{table}"') == CLOSED
            return
        seen = set(run(session, f'SELECT id FROM "{table}"').scalars())
        assert seen == set(session.scalars(select(MODELS[table].id)))
    leaked = [row for row in harbour.rows[table] if row.id in seen and hidden_from_provider(row)]
    missing = [row for row in harbour.rows[table] if row.id not in seen and shown_to_provider(row)]
    assert leaked == []
    assert missing == []


@every_table
def test_a_provider_writes_no_more_than_the_table_declares(harbour: Planted, asking: Asking, table: str) -> None:
    may = walls(table).provider_writes
    with asking(harbour.world.dan.context) as session:
        if "UPDATE" not in may:
            assert attempt(session, f'UPDATE "{table}" SET created_at = now()') == CLOSED
        if "DELETE" not in may:
            assert attempt(session, f'DELETE FROM "{table}"') == CLOSED
        for row in harbour.rows[table]:
            outcome = attempt(session, copy_of(row, harbour, tenant=harbour))
            unsigned = "engagement_id" in MODELS[table].__table__.columns and row.place.engagement != "own"
            if "INSERT" not in may:
                assert outcome == CLOSED
            elif unsigned or hidden_from_provider(row):
                assert outcome == WALLED, row
            else:
                assert outcome not in {WALLED, CLOSED}, row


def changed_by_provider(harbour: Planted, table: str) -> list[Any]:
    """Of what it sees: only what carries its engagement, where the wall says so."""
    own = MODELS[table].__table__.columns.get("engagement_id")
    return [own == harbour.world.engagement_id] if own is not None and walls(table).own_writes else []


@pytest.mark.parametrize("table", [name for name in TABLES if "UPDATE" in walls(name).provider_writes])
def test_a_provider_changes_only_rows_it_sees(harbour: Planted, asking: Asking, table: str) -> None:
    with asking(harbour.world.dan.context) as session:
        seen = session.execute(select(MODELS[table].id).where(*changed_by_provider(harbour, table))).all()
        assert attempt(session, f'UPDATE "{table}" SET updated_at = now()') == len(seen)
        if "customer_id" not in MODELS[table].__table__.columns:
            return
        own = next(row for row in harbour.rows[table] if shown_to_provider(row))
        for customer in ("expired", "ended", "lent to another", "kept"):
            moved = attempt(
                session,
                f'UPDATE "{table}" SET customer_id = :c WHERE id = :id',
                c=harbour.id_of("customer", customer),
                id=own.id,
            )
            assert moved == WALLED


# -- who reaches one unit ---------------------------------------------------------------------------------------------


def hidden_from_dealer(row: Row, planted: Planted) -> bool:
    """What is the other unit's: its customers, what is about them or hangs on such a row, and rows of no customer in it."""
    if row.place.parent is not None and hidden_from_dealer(row.place.parent, planted):
        return True
    if row.place.customer is not None:
        return row.of_customer and not {row.place.customer, row.place.other or row.place.customer} <= {*NORTH}
    return row.of_customer and row.values.get("unit_id") not in (None, planted.unit("north"))


@every_table
def test_who_reaches_one_unit_finds_nothing_of_the_other(harbour: Planted, asking: Asking, table: str) -> None:
    """By the ORM's wall, which stands before every statement of a request; rows that hang on a hidden one are asked through it."""
    within = Reach(units=(harbour.unit("north"),))
    with asking(replace(harbour.world.alice.context, reach=within)) as session:
        seen = set(session.scalars(select(MODELS[table].id)))
    follows = table == "customer" or "customer_id" in MODELS[table].__table__.columns
    hidden = {row.id for row in harbour.rows[table] if hidden_from_dealer(row, harbour)} if follows else set()
    assert seen & hidden == set()
    assert {row.id for row in harbour.rows[table]} - hidden <= seen
    assert not follows or hidden


# -- what belongs to no tenant ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", sorted(PLATFORM.keys() - {"tenant"}))
@pytest.mark.parametrize("name", ["alice", "dan"])
def test_the_sign_in_tables_are_closed(harbour: Planted, asking: Asking, table: str, name: str) -> None:
    with asking(getattr(harbour.world, name).context) as session:
        for statement in ("SELECT FROM {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES", "TRUNCATE {}"):
            assert attempt(session, statement.format(f'"{table}"')) == CLOSED


def test_a_provider_reads_and_removes_nobodys_jobs(harbour: Planted, asking: Asking) -> None:
    """The queue carries ids of every tenant. To enqueue a job of its own it may write one."""
    with asking(harbour.world.dan.context) as session:
        assert attempt(session, "SELECT args FROM procrastinate_jobs") == CLOSED
        assert attempt(session, "UPDATE procrastinate_jobs SET attempts = 0") == CLOSED
        assert attempt(session, "DELETE FROM procrastinate_jobs") == CLOSED


@pytest.mark.parametrize("name", ["alice", "dan"])
def test_a_tenant_sees_of_all_tenants_only_itself(harbour: Planted, asking: Asking, name: str) -> None:
    with asking(getattr(harbour.world, name).context) as session:
        assert run(session, "SELECT id FROM tenant").scalars().all() == [harbour.world.tenant_id]
        expected = 1 if name == "alice" else CLOSED
        assert attempt(session, "UPDATE tenant SET updated_at = now()") == expected
        assert attempt(session, "DELETE FROM tenant") == CLOSED


def test_the_providers_own_tenant_reads_the_engagement_but_no_customer(
    app: Flask, harbour: Planted, asking: Asking
) -> None:
    """Two-party tables are read by either party, written by the client; nothing else crosses."""
    home = replace(harbour.world.alice.context, tenant_id=harbour.world.provider_id, participant_id=None)
    with asking(home) as session:
        own = {harbour.engagements[each] for each in ("own", "offered", "closed")}
        assert set(run(session, "SELECT id FROM engagement").scalars()) == own
        assert attempt(session, "UPDATE engagement SET name = 'ours'") == 0
        assert attempt(session, "DELETE FROM engagement") == 0
        for table in TABLES:
            partner = walls(table).partner is not None
            found = run(session, f'SELECT id FROM "{table}" WHERE tenant_id = :t', t=harbour.world.tenant_id).all()
            assert bool(found) == partner, table
