"""Two tenants whose rows fill every table, planted once for all tests of isolation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.base import db
from tests.isolation.factory import Planted, plant

Asking = Callable[[Context], AbstractContextManager[Session]]


@pytest.fixture(scope="session")
def harbour(app: Flask) -> Planted:
    """The tenant whose rows nobody else may reach."""
    return plant(app)


@pytest.fixture(scope="session")
def stranger(app: Flask) -> Planted:
    """Another tenant, with rows of its own."""
    return plant(app)


@pytest.fixture(scope="session")
def asking(app: Flask) -> Asking:
    """`with asking(context) as session:` works in that context's scope and leaves nothing behind."""

    @contextmanager
    def ask(context: Context) -> Iterator[Session]:
        with app.app_context():
            session = db.session()
            scope.enter(session, context)
            try:
                yield session
            finally:
                session.rollback()
                db.session.remove()

    return ask
