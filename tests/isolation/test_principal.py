"""Who stands behind a credential in a workspace: the one question that opens every request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.engagements.models import Engagement
from core.identity import people
from core.identity import service as identity
from core.identity.models import ApiToken, Participant
from core.tenants import service as tenants
from core.tenants.models import Tenant
from core.testing.people import Person, World

OWNER = Callable[..., None]


@pytest.fixture
def as_owner(database: Any) -> OWNER:
    """Change a table that the application itself cannot reach."""

    def change(statement: str, **values: Any) -> None:
        engine = database.owner_engine()
        with engine.begin() as connection:
            assert connection.execute(text(statement), values).rowcount == 1
        engine.dispose()

    return change


def session_of(session: Session, person: Person) -> str:
    visit = identity.Visit(peer="principal", previous=None, agent="", hours=1)
    return identity.sign_in(session, address=person.email, password=person.password, visit=visit)


def context_of(session: Session, person: Person, *, token: str | None = None, at: str | None = None) -> Context | None:
    found = identity.session_context(
        session, token=token or session_of(session, person), workspace=at or person.workspace
    )
    session.rollback()
    return found


def token_of(session: Session, world: World, person: Person, *scopes: str, days: int = 90) -> str:
    scope.enter(session, world.alice.context)
    assert person.context.participant_id is not None
    _, clear = identity.issue_token(
        session, participant_id=person.context.participant_id, name="test", scopes=scopes, days=days
    )
    session.commit()
    return clear


def act(session: Session, world: World, statement: Any) -> None:
    scope.enter(session, world.alice.context)
    session.execute(statement, execution_options={"synchronize_session": False})
    session.commit()


# -- sessions ---------------------------------------------------------------------------------------------------------


def test_a_clients_session_opens_the_clients_workspace(session: Session, world: World) -> None:
    found = context_of(session, world.alice)
    assert found is not None
    assert (found.party, found.tenant_id, found.engagement_id) == ("client", world.tenant_id, None)
    assert found.participant_id == world.alice.context.participant_id
    assert found.permissions == world.alice.context.permissions
    assert not found.masked


def test_a_providers_session_opens_the_engagement_on_the_clients_tenant(session: Session, world: World) -> None:
    found = context_of(session, world.dan)
    assert found is not None
    assert (found.party, found.tenant_id, found.engagement_id) == ("provider", world.tenant_id, world.engagement_id)
    assert found.provider_name is not None
    assert found.masked


@pytest.mark.parametrize(("name", "role"), [("alice", "app"), ("dan", "provider")])
def test_the_database_role_is_that_of_the_party(
    session: Session, world: World, database: Any, name: str, role: str
) -> None:
    person = getattr(world, name)
    identity.session_context(session, token=session_of(session, person), workspace=person.workspace)
    current = session.scalar(text("SELECT current_user").execution_options(**scope.RLS_ONLY))
    assert current == getattr(database.roles(database.owner_engine()), role)


def test_a_provider_has_no_place_in_the_clients_own_workspace_nor_the_client_in_the_providers(
    session: Session, world: World
) -> None:
    assert context_of(session, world.dan, at=world.slug) is None
    assert context_of(session, world.alice, at=world.engagement_slug) is None


def test_an_unknown_secret_opens_nothing(session: Session, world: World) -> None:
    assert context_of(session, world.alice, token="x" * 43) is None


def test_an_expired_session_opens_nothing(session: Session, world: World, as_owner: OWNER) -> None:
    token = session_of(session, world.alice)
    as_owner(
        "UPDATE user_session SET expires_at = now() - interval '1 second' WHERE token_hash = :hash",
        hash=identity.hashed(token),
    )
    assert context_of(session, world.alice, token=token) is None
    assert identity.workplaces(session, token=token) == []


def test_a_disabled_person_opens_nothing_and_cannot_sign_in(session: Session, world: World, as_owner: OWNER) -> None:
    browser, program = session_of(session, world.alice), token_of(session, world, world.alice, "customer.read")
    as_owner("UPDATE user_account SET disabled_at = now() WHERE email = :email", email=world.alice.email)
    assert context_of(session, world.alice, token=browser) is None
    assert identity.workplaces(session, token=browser) == []
    session.rollback()
    assert identity.token_context(session, token=program) is None
    session.rollback()
    with pytest.raises(identity.SignInRefused):
        session_of(session, world.alice)


@pytest.mark.parametrize("name", ["carol", "dan"])
def test_who_has_left_opens_nothing(session: Session, world: World, name: str) -> None:
    person = getattr(world, name)
    browser, program = session_of(session, person), token_of(session, world, person, "customer.read")
    leaving = update(Participant).where(Participant.id == person.context.participant_id)
    act(session, world, leaving.values(ended_at=datetime.now(UTC)))
    assert context_of(session, person, token=browser) is None
    assert identity.token_context(session, token=program) is None
    assert identity.workplaces(session, token=browser) == []


ENDS = {
    "closed": {"state": "closed"},
    "suspended": {"state": "suspended"},
    "not begun": {"state": "contracting"},
    "run out": {"ends_at": datetime(2020, 1, 1, tzinfo=UTC)},
}


@pytest.mark.parametrize("end", ENDS)
def test_an_engagement_that_does_not_run_opens_nothing_for_the_provider(
    session: Session, world: World, end: str
) -> None:
    browser, program = session_of(session, world.dan), token_of(session, world, world.dan, "customer.read")
    act(session, world, update(Engagement).where(Engagement.id == world.engagement_id).values(**ENDS[end]))
    assert context_of(session, world.dan, token=browser) is None
    assert identity.token_context(session, token=program) is None
    assert identity.workplaces(session, token=browser) == []
    session.rollback()
    assert context_of(session, world.alice) is not None


@pytest.mark.parametrize("state", ["suspended", "closing"])
def test_a_suspended_tenant_is_read_and_not_written(
    session: Session, world: World, sign_in: Callable[[Person], Any], state: str
) -> None:
    act(session, world, update(Tenant).where(Tenant.id == world.tenant_id).values(state=state))
    found = context_of(session, world.alice)
    assert found is not None
    assert found.read_only
    alice = sign_in(world.alice)
    assert alice.get("/verticals").status_code == 200
    refused = alice.post("/verticals/telecom", data={"enabled": "0"})
    assert refused.status_code == 403
    assert alice.get("/verticals").status_code == 200


def test_the_api_of_a_suspended_tenant_is_read_and_not_written(app: Flask, session: Session, world: World) -> None:
    token = token_of(session, world, world.alice, "customer.read", "customer.create")
    act(session, world, update(Tenant).where(Tenant.id == world.tenant_id).values(state="suspended"))
    headers = {"Authorization": f"Bearer {token}"}
    client = app.test_client()
    assert client.get("/api/v1/customers", headers=headers).status_code == 200
    assert client.post("/api/v1/customers", headers=headers, json={"name": "Lin Wei"}).status_code == 403


def test_a_deleted_tenant_opens_nothing(session: Session, world: World) -> None:
    token = session_of(session, world.alice)
    act(session, world, update(Tenant).where(Tenant.id == world.tenant_id).values(state="deleted"))
    assert context_of(session, world.alice, token=token) is None


# -- tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["alice", "dan"])
def test_a_token_opens_the_one_workspace_it_was_made_for(session: Session, world: World, name: str) -> None:
    person = getattr(world, name)
    token = token_of(session, world, person, "customer.read", "case.read")
    found = identity.token_context(session, token=token)
    assert found is not None
    assert (found.workspace, found.party) == (person.workspace, person.context.party)
    assert found.engagement_id == person.context.engagement_id


def test_a_token_may_what_it_was_given_and_its_person_may(session: Session, world: World) -> None:
    token = token_of(session, world, world.dan, "customer.read", "customer.create", "lease.manage")
    found = identity.token_context(session, token=token)
    assert found is not None
    assert found.permissions == {"customer.read"}


def test_an_expired_or_revoked_token_opens_nothing(session: Session, world: World) -> None:
    expired = token_of(session, world, world.alice, "customer.read", days=-1)
    revoked = token_of(session, world, world.alice, "customer.read")
    revoking = update(ApiToken).where(ApiToken.token_hash == identity.hashed(revoked))
    act(session, world, revoking.values(revoked_at=datetime.now(UTC)))
    assert identity.token_context(session, token=expired) is None
    session.rollback()
    assert identity.token_context(session, token=revoked) is None


def test_a_token_is_no_session_and_a_session_no_token(session: Session, world: World) -> None:
    token, browser = token_of(session, world, world.alice, "customer.read"), session_of(session, world.alice)
    assert context_of(session, world.alice, token=token) is None
    assert identity.token_context(session, token=browser) is None
    session.rollback()
    assert scope.open_principal(session, credential=identity.hashed(browser), workspace=None) is None


# -- addresses --------------------------------------------------------------------------------------------------------


def test_an_old_address_leads_to_the_new_one_with_everything_that_was_asked(
    session: Session, world: World, sign_in: Callable[[Person], Any]
) -> None:
    scope.enter(session, world.alice.context)
    tenants.create_workspace(session, slug=f"{world.slug}-new", engagement_id=world.engagement_id)
    session.commit()
    dan = sign_in(world.dan)
    moved = dan.get("/customers?sort=-name&show=all")
    assert moved.status_code == 302
    assert moved.headers["Location"] == f"/t/{world.slug}-new/customers?sort=-name&show=all"
    session.rollback()  # the page ran in the test's own session
    found = context_of(session, world.dan, at=f"{world.slug}-new")
    assert found is not None
    assert [place.slug for place in identity.workplaces(session, token=session_of(session, world.dan))] == [
        f"{world.slug}-new"
    ]


# -- who a participant can be -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("party", "in_engagement"), [("client", True), ("provider", False), ("system", True)])
def test_a_person_of_an_engagement_is_the_providers_and_nobody_elses(
    session: Session, world: World, party: str, in_engagement: bool
) -> None:
    """Else a client's rights would stand behind a provider's address."""
    scope.enter(session, world.alice.context)
    user = session.scalar(select(Participant.user_id).where(Participant.id == world.alice.context.participant_id))
    assert isinstance(user, UUID)
    with pytest.raises(IntegrityError, match="ck_participant_side"):
        people.add_participant(
            session,
            user_id=user,
            shown_name="Nobody",
            roles=["agent"],
            party=party,
            engagement_id=world.engagement_id if in_engagement else None,
        )


def test_a_session_lasts_as_long_as_it_was_opened_for(session: Session, world: World, database: Any) -> None:
    token = session_of(session, world.alice)
    engine = database.owner_engine()
    with engine.connect() as connection:
        expires = connection.scalar(
            text("SELECT expires_at FROM user_session WHERE token_hash = :hash"), {"hash": identity.hashed(token)}
        )
    engine.dispose()
    assert abs(expires - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)
