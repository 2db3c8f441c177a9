"""More people of the client: dora checks data protection, erin manages, and terms of a grant to ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.context import Context
from core.customers.models import Customer
from core.db import scope
from core.engagements import grants
from core.engagements.models import DataGrant
from core.engagements.terms import Terms
from core.identity import people
from core.identity import service as identity
from core.identity.roles import permissions_of
from core.tenants.service import next_numbers
from core.testing.people import PASSWORD, Person


@pytest.fixture
def join(session: Any, world: Any) -> Callable[..., Person]:
    """`join("dora", "dpo")`: another person of the client."""

    def add(name: str, role: str) -> Person:
        session.rollback()
        scope.enter(session, world.alice.context)
        address = f"{name}.{world.slug}@example.com"
        user_id = identity.create_user(session, address=address, name=name.title(), password=PASSWORD)
        row = people.add_participant(session, user_id=user_id, shown_name=name.title(), roles=[role], party="client")
        context = replace(
            world.alice.context, participant_id=row.id, user_id=user_id, shown_name=name.title(),
            roles=frozenset({role}), permissions=permissions_of([role], party="client"),
        )  # fmt: skip
        session.commit()
        return Person(address, PASSWORD, world.slug, context)

    return add


@pytest.fixture
def terms() -> Callable[..., Terms]:
    def make(**other: Any) -> Terms:
        now = datetime.now(UTC)
        usual: dict[str, Any] = {
            "purpose": "retention", "fields": {"name": "clear", "phone": "masked"}, "countries": ["CN"],
            "starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=90), "reason": "renewal calls",
        }  # fmt: skip
        return Terms(**{**usual, **other})

    return make


@pytest.fixture
def bare(session: Any, world: Any) -> Any:
    """The world without the operator's grant for everything."""
    scope.enter(session, world.alice.context)
    for row in session.query(DataGrant).filter_by(engagement_id=world.engagement_id):
        grants.revoke(session, context=world.alice.context, grant_id=row.id, reason="to begin anew")
    session.commit()
    return world


@pytest.fixture
def grant(session: Any, world: Any, bare: Any, join: Any, terms: Any, view: Any) -> Callable[..., Any]:
    """A grant that carol asked for, dora checked and alice approved. Its id."""

    def make(**other: Any) -> Any:
        dora = join("dora" + str(len(other)), "dpo").context

        def turn(context: Context) -> Context:
            session.rollback()
            scope.enter(session, context)
            return context

        carol = turn(world.carol.context)
        row = grants.ask(session, context=carol, view=view, engagement_id=world.engagement_id, terms=terms(**other))
        session.commit()
        grants.check(session, context=turn(dora), view=view, grant_id=row.id, passed=True, sensitive=True)
        session.commit()
        grants.approve(session, context=turn(world.alice.context), grant_id=row.id, approved=True)
        session.commit()
        return row.id

    return make


@pytest.fixture
def numbers(session: Any, world: Any) -> Callable[[int], list[int]]:
    """As many active customers; their numbers."""

    def make(count: int) -> list[int]:
        session.rollback()
        scope.enter(session, world.alice.context)
        made = list(next_numbers(session, kind="customer", count=count))
        session.add_all([Customer(number=n, name=f"Customer {n}", name_key=f"customer {n}") for n in made])
        session.commit()
        return made

    return make


@pytest.fixture
def partner_admin(session: Any, world: Any) -> Person:
    """The admin of the provider's own tenant."""
    base = replace(world.alice.context, tenant_id=world.provider_id, tenant_name="Clearline", participant_id=None, user_id=None,
                   workspace=f"{world.slug}-provider")  # fmt: skip
    session.rollback()
    scope.enter(session, base)
    address = f"ann.{world.slug}@example.com"
    user_id = identity.create_user(session, address=address, name="Ann", password=PASSWORD)
    row = people.add_participant(session, user_id=user_id, shown_name="Ann", roles=["client_admin"], party="client")
    context = replace(base, participant_id=row.id, user_id=user_id, shown_name="Ann",
                      permissions=permissions_of(["client_admin"], party="client"))  # fmt: skip
    session.commit()
    return Person(address, PASSWORD, base.workspace, context)
