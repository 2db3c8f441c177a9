"""A person of every built-in role, on each side that may hold it, signed in: a new role joins by itself.

And two who see a part only: a dealer of one unit, with every role of the client at once, and the provider's admin at home.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Flask

from core.context import Context
from core.db import scope
from core.db.base import db
from core.identity import people
from core.identity import service as identity
from core.identity.roles import ROLES, Role, permissions_of
from core.testing.people import PASSWORD, Person
from tests.isolation.factory import Planted
from tests.isolation.visits import Visitor, visitor


def cast(app: Flask, planted: Planted) -> Mapping[str, Visitor]:
    """By `<role>` of the client, or `<role> of the provider`."""
    found = {}
    for role in ROLES.values():
        for party in sorted(role.parties):
            model = planted.world.dan.context if party == "provider" else planted.world.alice.context
            name = role.key if party == "client" else f"{role.key} of the provider"
            found[name] = person(app, model, roles=[_usual(role, party)])
    return found


def dealer(app: Flask, planted: Planted) -> Visitor:
    """Somebody with every role of the client's side, each for the unit in the north: what keeps rows back is that alone."""
    north = planted.unit("north")
    roles = [_usual(role, "client") for role in ROLES.values() if "client" in role.parties]
    return person(
        app, planted.world.alice.context, roles=[replace(each, reach="unit", unit_id=north) for each in roles]
    )


def at_home(app: Flask, planted: Planted) -> Visitor:
    """The provider's admin in the provider's own workspace."""
    world = planted.world
    home = replace(world.alice.context, tenant_id=world.provider_id, participant_id=None, enabled=frozenset(),
                   workspace=f"{world.slug}-provider")  # fmt: skip
    return person(app, home, roles=[_usual(ROLES["client_admin"], "client")])


def _usual(role: Role, party: str) -> people.Grant:
    until = datetime.now(UTC) + timedelta(days=30) if role.dated else None
    return replace(people.usual(role.key, party), ends_at=until)


def person(app: Flask, model: Context, *, roles: Sequence[people.Grant]) -> Visitor:
    """Somebody new where the model works, signed in."""
    keys, party = [each.role for each in roles], "provider" if model.party == "provider" else "client"
    address = f"{keys[0]}.{party}.{secrets.token_hex(4)}@example.com"
    with app.app_context():
        session = db.session()
        scope.enter(session, replace(model, party="client", engagement_id=None))
        user_id = identity.create_user(session, address=address, name=keys[0], password=PASSWORD)
        row = people.add_participant(
            session, user_id=user_id, shown_name=keys[0], roles=roles, party=party, engagement_id=model.engagement_id
        )
        context = replace(
            model, participant_id=row.id, user_id=user_id, shown_name=keys[0], roles=frozenset(keys),
            permissions=permissions_of(keys, party=party),
        )  # fmt: skip
        session.commit()
        db.session.remove()
    return visitor(app, Person(address, PASSWORD, model.workspace, context))
