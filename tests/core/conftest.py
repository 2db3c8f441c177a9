"""A reachable customer, and a lease of it to dan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from core.contacts import service as contacts
from core.customers import service as customers
from core.customers.service import CustomerValues
from core.db import scope
from core.db.base import db
from core.engagements.service import lease_customers


@pytest.fixture
def view(app: Any, world: Any) -> Any:
    return app.extensions["kehub"]["catalog"].view(world.alice.context.enabled)


@pytest.fixture
def acting(session: Any) -> Callable[[Any], Any]:
    """`context = acting(world.dan)`: what follows runs in a new transaction of this person's scope."""

    def enter(person: Any) -> Any:
        session.rollback()
        scope.enter(session, person.context)
        return person.context

    return enter


@pytest.fixture
def make_customer(session: Any, world: Any, acting: Any) -> Callable[..., UUID]:
    """A committed customer with a phone number, leased to dan; `consent` is its answer to marketing by phone."""

    def make(*, consent: str | None = None, leased: bool = True, **values: Any) -> UUID:
        alice = acting(world.alice)
        attributes = values.pop("attributes", None)
        core = {"name": "吴敏", "phone": "13912341369", **values}
        made = customers.create_customer(session, context=alice, values=CustomerValues(**core), attributes=attributes)
        if consent:
            contacts.record_consent(
                session, context=alice, customer_id=made.id, purpose="marketing", channel="phone", status=consent,
                captured_at=datetime.now(UTC) - timedelta(days=400),
            )  # fmt: skip
        if leased:
            lease_customers(
                session, context=alice, engagement_id=world.engagement_id, customer_ids=[made.id],
                purpose="retention", expires_at=datetime.now(UTC) + timedelta(days=30),
            )  # fmt: skip
        customer_id = made.id
        session.commit()
        return customer_id

    return make


@pytest.fixture
def outside(app: Any) -> Iterator[Session]:
    """A session beside the app's own, for tests of pages: each request must have a context and a session of its own."""
    with app.app_context():
        engine = db.engine
    with Session(engine) as session:
        yield session


@pytest.fixture
def in_english(sign_in: Any) -> Callable[[Any], Any]:
    """Pages in English, so that the tests can be read."""

    def enter(person: Any) -> Any:
        signed_in = sign_in(person)
        signed_in.client.set_cookie("lang", "en")
        return signed_in

    return enter
