"""The platform's operator moves organisations by command: metadata only, each act in the tenant's own trail."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.db import scope
from core.errors import Conflict, Invalid, NotFound
from core.joining.commands import sign_ups
from core.leaving.commands import tenant
from core.tenants.models import Tenant
from core.testing.people import World, make_world

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def world(app: Flask) -> World:
    return make_world(app, verticals=())


@pytest.fixture
def run(app: Flask) -> Run:
    def running(*arguments: str) -> Result:
        return CliRunner().invoke(tenant, [*arguments], obj=lambda: app, standalone_mode=False)

    return running


def test_what_the_operator_does_stands_in_the_tenants_own_trail(run: Run, world: World, session: Session) -> None:
    assert "suspended" in run("suspend", world.slug, "--reason", "Not paid").output
    assert "active" in run("activate", world.slug, "--reason", "Paid").output
    scope.enter(session, world.alice.context)
    wanted = (
        select(AuditEntry.action, AuditEntry.party)
        .where(AuditEntry.subject_type == "tenant")
        .order_by(AuditEntry.sequence)
    )
    assert [tuple(row) for row in session.execute(wanted)] == [
        ("tenant.suspended", "system"),
        ("tenant.activated", "system"),
    ]


def test_a_step_that_the_state_does_not_allow_is_refused(run: Run, world: World) -> None:
    assert isinstance(run("activate", world.slug, "--reason", "x").exception, Conflict)
    assert isinstance(run("call-back", world.slug).exception, Conflict)
    assert isinstance(run("suspend", world.slug, "--reason", " ").exception, Invalid)
    assert isinstance(run("suspend", "nobody-there", "--reason", "x").exception, NotFound)
    assert "engagement" in str(run("suspend", world.engagement_slug, "--reason", "x").exception)


def test_the_operators_list_holds_metadata_only(run: Run, world: World) -> None:
    rows = {row["slug"]: row for row in json.loads(run("list", "--json").output)}
    assert rows[world.slug].keys() == {"tenant_id", "slug", "name", "kinds", "state", "since", "until", "people"}
    assert rows[world.slug]["people"] == len(world.people)


def test_an_organisation_is_deleted_only_once_its_days_are_over(run: Run, app: Flask, session: Session) -> None:
    world = make_world(app, verticals=())
    assert "closing until" in run("close", world.slug, "--reason", "Gone").output
    assert isinstance(run("delete", world.slug).exception, Conflict)
    scope.enter(session, world.alice.context)
    past = datetime.now(UTC) - timedelta(minutes=1)
    session.execute(update(Tenant).where(Tenant.id == world.tenant_id).values(erase_after=past))
    session.commit()
    assert "deleted, certificate" in run("delete", world.slug).output
    assert "signature holds" in run("certificate", world.slug).output
    paper = json.loads(run("certificate", world.slug, "--json").output)
    assert paper["organisation"]["id"] == str(world.tenant_id)
    assert paper["asked"]["party"] == "system"


def test_an_organisation_that_lives_has_no_certificate(run: Run, world: World) -> None:
    assert isinstance(run("certificate", world.slug).exception, NotFound)


def test_waiting_sign_ups_are_listed_with_their_link(app: Flask) -> None:
    assert CliRunner().invoke(sign_ups, [], obj=lambda: app, standalone_mode=False).exception is None
