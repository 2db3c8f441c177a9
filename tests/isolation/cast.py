"""A person of every built-in role, on each side that may hold it, signed in: a new role joins by itself."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Flask

from core.db import scope
from core.db.base import db
from core.identity import people
from core.identity import service as identity
from core.identity.roles import ROLES, permissions_of
from core.testing.people import PASSWORD, Person
from tests.isolation.factory import Planted
from tests.isolation.visits import Visitor, visitor


def cast(app: Flask, planted: Planted) -> Mapping[str, Visitor]:
    """By `<role>` of the client, or `<role> of the provider`."""
    world, found = planted.world, {}
    for role in ROLES.values():
        for party in sorted(role.parties):
            model = world.dan if party == "provider" else world.alice
            address = f"{role.key}.{party}.{secrets.token_hex(4)}@example.com"
            with app.app_context():
                session = db.session()
                scope.enter(session, world.alice.context)
                user_id = identity.create_user(session, address=address, name=role.key, password=PASSWORD)
                usual = people.usual(role.key, party)
                until = datetime.now(UTC) + timedelta(days=30) if role.dated else None
                row = people.add_participant(
                    session, user_id=user_id, shown_name=role.key, roles=[replace(usual, ends_at=until)], party=party,
                    engagement_id=model.context.engagement_id,
                )  # fmt: skip
                context = replace(
                    model.context, participant_id=row.id, user_id=user_id, shown_name=role.key,
                    roles=frozenset({role.key}), permissions=permissions_of([role.key], party=party),
                )  # fmt: skip
                session.commit()
                db.session.remove()
            name = role.key if party == "client" else f"{role.key} of the provider"
            found[name] = visitor(app, Person(address, PASSWORD, model.workspace, context))
    return found
