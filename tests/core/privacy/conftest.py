"""A customer lent to dan, and a case of it in his hands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from core.cases import details
from core.cases.service import open_case
from core.db import scope
from core.identity import people
from core.identity import service as identity
from core.identity.roles import permissions_of
from core.privacy import service
from core.privacy.service import Wish
from core.testing.people import PASSWORD, Person

PHONE, SPOKEN = "13912341369", "139 1234 1369"
WORKFLOW = "telecom.complaint"


def give_case(session: Any, *, view: Any, bob: Any, to: Any, customer_id: UUID) -> UUID:
    """Bob opens a case and gives it to somebody of his side."""
    case = open_case(session, context=bob.context, view=view, customer_id=customer_id, workflow=WORKFLOW, title="线路")
    assignee_id = to.context.participant_id
    details.assign(session, context=bob.context, case_id=case.id, version=case.version, assignee_id=assignee_id)
    case_id: UUID = case.id
    return case_id


@pytest.fixture
def work(session: Any, world: Any, acting: Any, view: Any) -> Callable[..., UUID]:
    """An open case of a customer, assigned to dan."""

    def make(customer_id: UUID, *, person: Any = None) -> UUID:
        acting(world.bob)
        case_id = give_case(session, view=view, bob=world.bob, to=person or world.dan, customer_id=customer_id)
        session.commit()
        return case_id

    return make


@pytest.fixture
def known(make_customer: Any, work: Any) -> UUID:
    customer_id: UUID = make_customer()
    work(customer_id)
    return customer_id


@pytest.fixture
def look(session: Any, view: Any, acting: Any) -> Callable[..., Any]:
    """`look(world.dan, customer_id)` reveals the phone number, committed; `context=` instead of the person's own."""

    def make(person: Any, customer_id: UUID | None, *, field: str = "phone", context: Any = None, **wish: Any) -> Any:
        acting(person)
        shown = service.reveal(
            session, context=context or person.context, view=view,
            wish=Wish(field=field, customer_id=customer_id, **{"reason": "call_back", **wish}),
        )  # fmt: skip
        session.commit()
        return shown

    return make


@pytest.fixture
def join_dpo(session: Any, world: Any) -> Person:
    """Dora, the client's data protection officer."""
    session.rollback()
    scope.enter(session, world.alice.context)
    email = f"dora.{world.slug}@example.com"
    user_id = identity.create_user(session, address=email, name="Dora", password=PASSWORD)
    row = people.add_participant(session, user_id=user_id, shown_name="Dora", roles=["dpo"], party="client")
    context = replace(
        world.alice.context, participant_id=row.id, user_id=user_id, shown_name="Dora", roles=frozenset({"dpo"}),
        permissions=permissions_of(["dpo"], party="client"),
    )  # fmt: skip
    session.commit()
    return Person(email, PASSWORD, world.slug, context)
