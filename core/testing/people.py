"""The people of tests: alice administers the client, carol manages it, bob manages the provider's side, dan is its agent."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from core.testing import copying

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


_PATTERNS: dict[tuple[str, frozenset[str]], tuple[copying.Pattern, World]] = {}
"""By server and verticals: the first world, whose rows the others are copies of."""


def make_world(app: Flask, *, verticals: tuple[str, ...] | None = None) -> World:
    """One of its own, committed: the first through the services, the others as copies of its rows."""
    enabled = frozenset(verticals if verticals is not None else app.extensions["kehub"]["catalog"].verticals)
    with app.app_context():
        server = copying.conninfo()
        if server is None:
            return _made(_word(), enabled)
        known = _PATTERNS.get((server, enabled))
        if known is None:
            first = _made(_word(), enabled)
            read = copying.pattern(server, tenants=[first.tenant_id, first.provider_id], word=first.slug)
            _PATTERNS[server, enabled] = (read, first)
            return first
        pattern, first = known
        word = _word()
        return _renamed(first, word, pattern.copy(word))


def _word() -> str:
    return "t" + secrets.token_hex(5)


def _renamed(first: World, word: str, ids: Mapping[UUID, UUID]) -> World:
    def person(each: Person) -> Person:
        was = each.context
        context = replace(
            was,
            tenant_id=ids[was.tenant_id],
            tenant_name=was.tenant_name.replace(first.slug, word),
            workspace=was.workspace.replace(first.slug, word),
            participant_id=ids[was.participant_id] if was.participant_id else None,
            user_id=ids[was.user_id] if was.user_id else None,
            engagement_id=ids[was.engagement_id] if was.engagement_id else None,
            provider_name=was.provider_name.replace(first.slug, word) if was.provider_name else None,
            extra={},
        )
        return Person(each.email.replace(first.slug, word), each.password, context.workspace, context)

    return World(
        slug=word,
        engagement_slug=first.engagement_slug.replace(first.slug, word),
        tenant_id=ids[first.tenant_id],
        provider_id=ids[first.provider_id],
        engagement_id=ids[first.engagement_id],
        **{name: person(getattr(first, name)) for name, _role, _party in CAST},
    )


def _made(word: str, enabled: frozenset[str]) -> World:
    """Through the services, committed."""
    session = db.session()
    provider_id = tenants.create_tenant(session, slug=f"{word}-provider", name=f"Clearline {word}", kinds=["provider"])
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
