"""A transaction serves one tenant: what has no scope, another tenant's rows or no ORM wall is refused before it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import create_engine, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.config import Config
from core.customers.models import Customer
from core.db import home, scope
from core.db.base import db, new_id
from core.db.scope import ScopeError
from core.engagements.models import Engagement
from core.identity import service as identity
from core.identity.models import Participant
from core.tenants.models import Unit
from core.testing.people import World, make_world


@pytest.fixture(scope="module")
def harbour(app: Flask) -> World:
    return make_world(app, verticals=())


@pytest.fixture(scope="module")
def other(app: Flask) -> World:
    return make_world(app, verticals=())


@pytest.fixture
def at_harbour(session: Session, harbour: World) -> Session:
    scope.enter(session, harbour.alice.context)
    return session


def unit(**values: Any) -> Unit:
    key = new_id().hex
    return Unit(key=key, name=f"Branch {key}", **values)


STATEMENTS = {
    "a select": select(Unit.id),
    "an update": update(Unit).values(name="x"),
    "a count": select(func.count()).select_from(Customer),
    "a text": text("SELECT 1"),
    "a Core select": select(Unit.__table__),
    "a marked text": text("SELECT 1").execution_options(**scope.RLS_ONLY),
}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_without_a_scope_nothing_is_asked(session: Session, kind: str) -> None:
    with pytest.raises(ScopeError, match="enter a tenant before"):
        session.execute(STATEMENTS[kind])


def test_without_a_scope_nothing_is_written(session: Session) -> None:
    session.add(unit())
    with pytest.raises(ScopeError, match="enter a tenant before"):
        session.flush()


UNWALLED = {
    "text": text("SELECT count(*) FROM unit"),
    "a Core select": select(func.count()).select_from(Unit.__table__),
    "a Core update": update(Unit.__table__).values(name="x"),
    "a Core insert": insert(Unit.__table__).values(tenant_id=new_id(), id=new_id(), key="x", name="x"),
    "an ORM bulk insert, which no criteria hold": insert(Unit).values(
        tenant_id=new_id(), id=new_id(), key="x", name="x"
    ),
}


@pytest.mark.parametrize("kind", UNWALLED)
def test_a_statement_that_only_the_database_walls_says_so_or_is_refused(at_harbour: Session, kind: str) -> None:
    with pytest.raises(ScopeError, match="need walls='rls-only'"):
        at_harbour.execute(UNWALLED[kind])


def test_a_statement_marked_as_walled_by_the_database_runs(at_harbour: Session) -> None:
    marked = select(func.count()).select_from(Unit.__table__).execution_options(**scope.RLS_ONLY)
    assert at_harbour.scalar(marked) is not None


def test_a_second_tenant_in_one_transaction_is_refused(at_harbour: Session, other: World) -> None:
    with pytest.raises(ScopeError, match="one tenant and one party"):
        scope.enter(at_harbour, other.alice.context)


def test_the_other_party_in_one_transaction_is_refused(at_harbour: Session, harbour: World) -> None:
    with pytest.raises(ScopeError, match="one tenant and one party"):
        scope.enter(at_harbour, harbour.dan.context)


def test_a_credential_of_another_tenant_in_one_transaction_is_refused(
    session: Session, harbour: World, other: World
) -> None:
    scope.enter(session, other.alice.context)
    _, token = identity.issue_token(session, participant_id=_participant(other), name="other", scopes=["customer.read"])
    session.commit()
    scope.enter(session, harbour.alice.context)
    with pytest.raises(ScopeError, match="one tenant and one party"):
        identity.token_context(session, token=token)


def _participant(world: World) -> UUID:
    assert world.alice.context.participant_id is not None
    return world.alice.context.participant_id


def test_entering_the_same_scope_again_changes_nothing(at_harbour: Session, harbour: World) -> None:
    scope.enter(at_harbour, harbour.alice.context)
    assert scope.current(at_harbour).tenant_id == harbour.tenant_id


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_the_scope_ends_with_the_transaction(at_harbour: Session, other: World, end: str) -> None:
    getattr(at_harbour, end)()
    with pytest.raises(ScopeError, match="No scope"):
        at_harbour.scalar(select(Unit.id))
    at_harbour.rollback()
    scope.enter(at_harbour, other.alice.context)
    assert at_harbour.scalar(
        text("SELECT current_setting('app.tenant_id')").execution_options(**scope.RLS_ONLY)
    ) == str(other.tenant_id)


def test_the_scope_ends_with_a_failed_transaction(at_harbour: Session, harbour: World) -> None:
    twice = unit()
    at_harbour.add_all([twice, Unit(key=twice.key, name="the same key")])
    with pytest.raises(IntegrityError):
        at_harbour.flush()
    at_harbour.rollback()
    with pytest.raises(ScopeError, match="No scope"):
        at_harbour.scalar(select(Unit.id))
    assert _settings(at_harbour) == ("", "")


def test_a_connection_that_goes_back_to_the_pool_takes_no_scope_along(at_harbour: Session) -> None:
    at_harbour.commit()
    assert _settings(at_harbour) == ("", "")


def _settings(session: Session) -> tuple[str, str]:
    asked = text(
        "SELECT coalesce(current_setting('app.tenant_id', true), ''), coalesce(current_setting('app.engagement_id', true), '')"
    )
    row = session.execute(asked.execution_options(**scope.PLATFORM)).one()
    return row[0], row[1]


def test_a_savepoint_that_is_rolled_back_keeps_the_scope(at_harbour: Session, harbour: World) -> None:
    kept = unit()
    at_harbour.add(kept)
    at_harbour.flush()
    savepoint = at_harbour.begin_nested()
    at_harbour.add(unit())
    at_harbour.flush()
    savepoint.rollback()
    assert at_harbour.scalar(select(Unit.name).where(Unit.id == kept.id)) == kept.name
    assert scope.current(at_harbour).tenant_id == harbour.tenant_id


def test_a_scope_is_not_entered_inside_a_savepoint(session: Session, harbour: World) -> None:
    with session.begin_nested(), pytest.raises(ScopeError, match="before a savepoint"):
        scope.enter(session, harbour.alice.context)


def test_a_new_row_takes_tenant_and_author_of_the_scope(at_harbour: Session, harbour: World) -> None:
    made = unit()
    at_harbour.add(made)
    at_harbour.flush()
    assert (made.tenant_id, made.created_by) == (harbour.tenant_id, harbour.alice.context.participant_id)


def test_a_new_row_of_another_tenant_is_refused(at_harbour: Session, other: World) -> None:
    at_harbour.add(unit(tenant_id=other.tenant_id))
    with pytest.raises(ScopeError, match="Unit of another tenant"):
        at_harbour.flush()


def test_a_row_is_not_moved_to_another_tenant(at_harbour: Session, other: World) -> None:
    made = unit()
    at_harbour.add(made)
    at_harbour.flush()
    made.tenant_id = other.tenant_id
    with pytest.raises(ScopeError, match="Unit of another tenant"):
        at_harbour.flush()


def test_a_row_that_was_loaded_in_another_scope_is_neither_changed_nor_answered_from_memory(
    at_harbour: Session, harbour: World, other: World
) -> None:
    made = unit()
    at_harbour.add(made)
    at_harbour.commit()
    scope.enter(at_harbour, other.alice.context)
    made.name = "changed from elsewhere"
    at_harbour.flush()
    assert at_harbour.get(Unit, (harbour.tenant_id, made.id)) is None
    at_harbour.add(made)
    with pytest.raises(ScopeError, match="Unit of another tenant"):
        at_harbour.flush()


def test_one_cached_statement_serves_each_tenant_its_own_rows(app: Flask, harbour: World, other: World) -> None:
    asked = select(Unit.name)
    seen: list[set[str]] = []
    with app.app_context():
        session = db.session()
        for world in (harbour, other, harbour, other):
            scope.enter(session, world.alice.context)
            session.add(unit())
            session.flush()
            seen.append(set(session.scalars(asked)))
            session.rollback()
    assert all(seen)
    assert not seen[0] & seen[1]
    assert not seen[2] & seen[3]


@pytest.fixture
def unwalled(config: Config, harbour: World) -> Iterator[Session]:
    """A session of harbour whose database role passes every policy: only the ORM's own wall is left."""
    if not config.embedded:
        pytest.skip("only the embedded server hands out its superuser; KEHUB_DATABASE_URL names another")
    engine = create_engine(home.server(config).superuser_url(home.DATABASE))
    with Session(engine) as session:
        scope.enter(session, harbour.alice.context)
        session.execute(text("RESET ROLE").execution_options(**scope.RLS_ONLY))
        yield session
    engine.dispose()


def test_the_orm_alone_shows_one_tenants_rows(unwalled: Session, harbour: World, other: World) -> None:
    everybody = text("SELECT count(DISTINCT tenant_id) FROM participant").execution_options(**scope.RLS_ONLY)
    assert (unwalled.scalar(everybody) or 0) > 1
    assert set(unwalled.scalars(select(Participant.tenant_id))) == {harbour.tenant_id}
    assert unwalled.get(Participant, (other.tenant_id, _participant(other))) is None
    assert unwalled.scalar(select(func.count()).where(Participant.id == _participant(other))) == 0
    joined = select(Engagement.tenant_id).join(Participant, Participant.engagement_id == Engagement.id)
    assert set(unwalled.scalars(joined)) == {harbour.tenant_id}


def test_the_orm_alone_changes_one_tenants_rows(unwalled: Session, other: World) -> None:
    theirs = update(Participant).where(Participant.id == _participant(other)).values(shown_name="renamed")
    assert unwalled.execute(theirs).rowcount == 0
    assert unwalled.execute(delete(Participant).where(Participant.id == _participant(other))).rowcount == 0
