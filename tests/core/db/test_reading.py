"""Lists that go straight to the driver keep both walls: the scope's tenant stands in the statement, row security behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import bindparam, create_engine, func, select, text
from sqlalchemy.orm import Session, aliased

from core.config import Config
from core.db import home, scope
from core.db.reading import Listing
from core.db.scope import ScopeError
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
def unwalled(config: Config, harbour: World) -> Iterator[Session]:
    """A session of harbour whose database role passes every policy: only the statement's own wall is left."""
    if not config.embedded:
        pytest.skip("only the embedded server hands out its superuser; KEHUB_DATABASE_URL names another")
    engine = create_engine(home.server(config).superuser_url(home.DATABASE))
    with Session(engine) as session:
        scope.enter(session, harbour.alice.context)
        session.execute(text("RESET ROLE").execution_options(**scope.RLS_ONLY))
        yield session
    engine.dispose()


def test_a_list_without_a_scope_is_refused(session: Session) -> None:
    with pytest.raises(ScopeError, match="No scope"):
        Listing(select(Unit.id)).fetch(session)


def test_a_list_of_what_no_wall_can_hold_is_refused(session: Session, harbour: World) -> None:
    scope.enter(session, harbour.alice.context)
    with pytest.raises(ScopeError, match="nothing in this one can be walled"):
        Listing(select(func.count()).select_from(Unit.__table__)).fetch(session)


def test_one_compiled_list_serves_each_tenant_its_own_rows(session: Session, harbour: World, other: World) -> None:
    listed = Listing(select(Participant.tenant_id).where(Participant.party == bindparam("party")))
    for world in (harbour, other, harbour):
        scope.enter(session, world.alice.context)
        assert {row[0] for row in listed.fetch(session, party="client")} == {world.tenant_id}
        session.rollback()


def test_the_statement_alone_holds_the_tenant_joins_and_subqueries_too(unwalled: Session, harbour: World) -> None:
    colleague = aliased(Participant)
    plain = Listing(select(Participant.tenant_id))
    joined = Listing(select(colleague.tenant_id).join(Participant, Participant.party == colleague.party))
    nested = Listing(select(Participant.tenant_id).where(Participant.id.in_(select(colleague.id))))
    for listed in (plain, joined, nested):
        assert {row[0] for row in listed.fetch(unwalled)} == {harbour.tenant_id}


def test_a_list_shows_what_the_same_transaction_added(session: Session, harbour: World) -> None:
    scope.enter(session, harbour.alice.context)
    added = Unit(key="listed", name="Listed")
    session.add(added)
    assert (added.id,) in Listing(select(Unit.id)).fetch(session)
