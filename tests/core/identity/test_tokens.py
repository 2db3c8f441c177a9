"""API tokens in use: what a role loses a token loses at once, use is noted, refusals too but not each, an end is told ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.db import scope
from core.db.base import db
from core.identity import tokens
from core.identity.models import ApiToken, RoleAssignment
from core.notify import door as mails


@pytest.fixture
def change(app, world):
    """Change rows of alice's tenant."""

    def run(statement):
        with app.app_context(), Session(db.engine) as session:
            scope.enter(session, world.alice.context)
            session.execute(statement.execution_options(synchronize_session=False))
            session.commit()

    return run


@pytest.fixture
def read(app, world):
    """Rows of alice's tenant, in a session of its own."""

    def rows(statement):
        with app.app_context(), Session(db.engine) as session:
            scope.enter(session, world.alice.context)
            return session.execute(statement).all()

    return rows


def test_a_scope_that_the_role_loses_is_refused_from_the_next_request(app, world, api, read, change):
    program = api(world.alice, scopes=["customer.read"])
    assert program.get("/customers").status_code == 200
    mine = RoleAssignment.participant_id == world.alice.context.participant_id
    change(update(RoleAssignment).where(mine).values(ends_at=func.now()))
    refused = [program.get("/customers") for _ in range(3)]
    assert {each.status_code for each in refused} == {403}
    assert "customer.read" in refused[0].json["detail"]
    noted = read(select(AuditEntry.id).where(AuditEntry.action == "customer.read", AuditEntry.outcome == "denied"))
    assert len(noted) == 1


def test_it_is_seen_when_it_is_used_and_not_on_every_request(world, api, read):
    program = api(world.alice)
    used = select(ApiToken.used_at)
    assert read(used) == [(None,)]
    program.get("/customers")
    [(first,)] = read(used)
    assert first is not None
    program.get("/customers")
    assert read(used) == [(first,)]


def test_it_comes_from_its_networks_only(app, sign_in, world):
    import re

    from core.testing.api_fixtures import Caller

    wanted = {"name": "Office", "days": "30", "scopes": ["customer.read"], "networks": "192.0.2.0/24, 10.0.0.1"}
    page = sign_in(world.alice).post("/settings/tokens", data=wanted).text
    assert "192.0.2.0/24" in page
    program = Caller(app.test_client(), re.search(r"kehub_[\w-]+", page).group())
    assert program.get("/customers").status_code == 403
    assert program.get("/customers", environ_overrides={"REMOTE_ADDR": "192.0.2.9"}).status_code == 200
    assert program.get("/customers", environ_overrides={"REMOTE_ADDR": "10.0.0.1"}).status_code == 200


def test_what_is_no_network_is_told(sign_in, world):
    alice = sign_in(world.alice)
    alice.get("/settings/tokens?lang=en")
    page = alice.post(
        "/settings/tokens", data={"name": "x", "days": "30", "scopes": ["customer.read"], "networks": "home"}
    )
    assert page.status_code == 422
    assert "home is no network" in page.text


def test_a_week_before_the_end_its_people_are_told_once(app, world, api, change, monkeypatch):
    api(world.alice)
    now = datetime.now(UTC)
    change(update(ApiToken).values(created_at=now - timedelta(days=30), expires_at=now + timedelta(days=6)))
    told = []
    monkeypatch.setattr(mails.service, "tell", lambda _session, **said: told.append(said))
    with app.app_context():
        mails.warn_of_tokens(0)
        mails.warn_of_tokens(0)
    mine = [each for each in told if each["context"].tenant_id == world.tenant_id]
    assert [(each["kind"], each["participants"]) for each in mine] == [
        ("api_token.expiring", [world.alice.context.participant_id])
    ]


def test_a_token_made_for_a_day_warns_nobody(session, world, api):
    api(world.alice)
    assert all(tenant != world.tenant_id for tenant, _token in tokens.take_expiring(session))
