"""Two tenants whose rows fill every table, planted once for all tests of isolation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.base import db
from core.limits import budgets
from tests.isolation.cast import at_home, cast, dealer
from tests.isolation.factory import Planted, plant
from tests.isolation.visits import Visitor, Walk, visitor, walk

Asking = Callable[[Context], AbstractContextManager[Session]]
Walks = Callable[[str], Walk]


USUAL: dict[str, budgets.Budget] = {}
"""The budgets as the application was given them."""


@pytest.fixture(scope="session", autouse=True)
def unhurried(app: Flask) -> None:
    """Who walks every address is quicker than people are: nothing is limited here."""
    USUAL.update(budgets.BUDGETS)
    budgets.configure(dict.fromkeys(budgets.USUAL))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """The budgets are back for whatever comes after this folder."""
    if nextitem is None or nextitem.path.parent != item.path.parent:
        budgets.BUDGETS.update(USUAL)


@pytest.fixture(scope="session")
def harbour(app: Flask) -> Planted:
    """The tenant whose rows nobody else may reach."""
    return plant(app)


@pytest.fixture(scope="session")
def stranger(app: Flask) -> Planted:
    """Another tenant, with rows of its own."""
    return plant(app)


@pytest.fixture(scope="session")
def visitors(app: Flask, harbour: Planted, stranger: Planted) -> Mapping[str, Visitor]:
    """The people who walk, by name: of the tenant, of its provider, and those who have no business there."""
    people = {name: getattr(harbour.world, name) for name in ("alice", "bob", "dan")}
    people |= {"stranger": stranger.world.alice, "stranger's agent": stranger.world.dan}
    return {name: visitor(app, person) for name, person in people.items()}


@pytest.fixture(scope="session")
def walks(app: Flask, harbour: Planted, visitors: Mapping[str, Visitor]) -> Walks:
    """`walks("dan")`: every GET address with the tenant's rows, as he was answered. Each walks once for all tests.

    Only he is given every row: the database's own tests look at every row for everybody.
    """
    return cache(lambda name: walk(app, harbour, visitors[name], thin=name != "dan"))


@pytest.fixture(scope="session")
def everybody(app: Flask, harbour: Planted) -> Mapping[str, Visitor]:
    """A person of every role of the tenant and of its provider."""
    return cast(app, harbour)


@pytest.fixture(scope="session")
def dealership(app: Flask, harbour: Planted) -> Visitor:
    """A person of the tenant who reaches one of its two units."""
    return dealer(app, harbour)


@pytest.fixture(scope="session")
def home(app: Flask, harbour: Planted) -> Visitor:
    """The provider's admin, at home."""
    return at_home(app, harbour)


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
