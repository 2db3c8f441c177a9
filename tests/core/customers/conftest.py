"""Customers for the tests of their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from core.customers import service
from core.db import scope
from core.db.base import db
from core.engagements import service as engagements


@pytest.fixture
def sign_in(sign_in) -> Callable[[Any], Any]:
    """Pages in English, so that the tests can be read."""

    def enter(person: Any) -> Any:
        signed_in = sign_in(person)
        signed_in.client.set_cookie("lang", "en")
        return signed_in

    return enter


@pytest.fixture
def add(app, world) -> Callable[..., Any]:
    """Make and commit a customer; gives its id, number and name."""

    def make(attributes: Any = None, **values: Any) -> Any:
        with app.app_context():
            session = db.session()
            scope.enter(session, world.alice.context)
            customer = service.create_customer(
                session, context=world.alice.context, values={"name": "张伟", **values}, attributes=attributes
            )
            session.flush()
            kept = type("Kept", (), {"id": customer.id, "number": customer.number, "name": customer.name})
            session.commit()
            return kept

    return make


@pytest.fixture
def lend(app, world) -> Callable[..., None]:
    def lease(*customers: Any) -> None:
        with app.app_context():
            session = db.session()
            scope.enter(session, world.alice.context)
            engagements.lease_customers(
                session,
                context=world.alice.context,
                engagement_id=world.engagement_id,
                customer_ids=[each.id for each in customers],
                purpose="retention",
                expires_at=datetime.now(UTC) + timedelta(days=7),
            )
            session.commit()

    return lease


@pytest.fixture
def act(app, world) -> Callable[..., Any]:
    """`act(service.f, ...)` as alice, committed."""

    def run(function: Callable[..., Any], *, person: Any = None, **values: Any) -> None:
        with app.app_context():
            session = db.session()
            context = (person or world.alice).context
            scope.enter(session, context)
            function(session, context=context, **values)
            session.commit()

    return run


@pytest.fixture
def statements(app) -> Callable[[], Any]:
    """`with statements() as sent:` holds what goes through SQLAlchemy to the database meanwhile."""

    @contextmanager
    def counted() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            sent.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counted
