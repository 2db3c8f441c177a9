"""The people of tests: alice administers the client, carol manages it, bob manages the provider's side, dan is its agent."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.base import db
from core.engagements import service as engagements
from core.engagements.models import Engagement
from core.identity import people
from core.identity import service as identity
from core.identity.models import Participant
from core.identity.roles import permissions_of
from core.tenants import service as tenants

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    email: str
    password: str
    workspace: str
    context: Context


@dataclass(frozen=True)
class World:
    """One client, one provider, one live engagement; alice client_admin, carol client_manager, bob provider_manager, dan agent."""

    slug: str
    engagement_slug: str
    tenant_id: UUID
    provider_id: UUID
    engagement_id: UUID
    alice: Person
    carol: Person
    bob: Person
    dan: Person

    @property
    def people(self) -> tuple[Person, ...]:
        return (self.alice, self.carol, self.bob, self.dan)


CAST = (
    ("alice", "client_admin", "client"),
    ("carol", "client_manager", "client"),
    ("bob", "provider_manager", "provider"),
    ("dan", "agent", "provider"),
)


def make_world(app: Flask, *, verticals: tuple[str, ...] | None = None) -> World:
    """Make it through the services, committed."""
    word = "t" + secrets.token_hex(5)
    enabled = frozenset(verticals if verticals is not None else app.extensions["kehub"]["catalog"].verticals)
    with app.app_context():
        session = db.session()
        provider_id = tenants.create_tenant(
            session, slug=f"{word}-provider", name=f"Clearline {word}", kinds=["provider"]
        )
        tenants.create_tenant(session, slug=word, name=f"Harbour {word}", kinds=["client"])
        system = tenants.system_context(session, workspace=word)
        scope.enter(session, system)
        for key in sorted(enabled):
            tenants.set_vertical(session, context=system, key=key, enabled=True)
        engagement = engagements.open_engagement(
            session,
            context=system,
            provider=engagements.Partner(provider_id, f"Clearline {word}"),
            name="Retention 2026",
            slug=f"{word}-retention",
            purpose="retention",
            ends_at=datetime.now(UTC) + timedelta(days=365),
        )
        cast = {name: _participant(session, name, role, party, word, engagement) for name, role, party in CAST}
        world = World(
            slug=word,
            engagement_slug=f"{word}-retention",
            tenant_id=system.tenant_id,
            provider_id=provider_id,
            engagement_id=engagement.id,
            **{name: _person(row, name, word, system, engagement, enabled) for name, row in cast.items()},
        )
        session.commit()
        db.session.remove()
    return world


def _participant(session: Session, name: str, role: str, party: str, word: str, engagement: Engagement) -> Participant:
    user_id = identity.create_user(session, address=f"{name}.{word}@example.com", name=name.title(), password=PASSWORD)
    return people.add_participant(
        session,
        user_id=user_id,
        shown_name=name.title(),
        roles=[role],
        party=party,
        engagement_id=engagement.id if party == "provider" else None,
    )


def _person(
    row: Participant, name: str, word: str, system: Context, engagement: Engagement, enabled: frozenset[str]
) -> Person:
    provider, role = row.party == "provider", next(role for who, role, _party in CAST if who == name)
    workspace = f"{word}-retention" if provider else word
    context = Context(
        tenant_id=system.tenant_id,
        tenant_name=system.tenant_name,
        workspace=workspace,
        party="provider" if provider else "client",
        participant_id=row.id,
        user_id=row.user_id,
        shown_name=row.shown_name,
        engagement_id=engagement.id if provider else None,
        engagement_name=engagement.name if provider else None,
        provider_name=engagement.provider_name if provider else None,
        roles=frozenset({role}),
        permissions=permissions_of([role], party=row.party),
        enabled=enabled,
        hears=frozenset(),
        locale="en",
    )
    return Person(f"{name}.{word}@example.com", PASSWORD, workspace, context)
