"""The real thing and the people at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from core.db import scope
from core.db.base import db
from core.testing.people import World, make_world
from core.testing.serving import Served, serving
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def served(app: Any, config: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """gunicorn and a worker, as `kehub serve` runs them, on the tests' database.

    Stopped after its file: the worker would take the jobs that other tests work off themselves. Those that tests before it
    have left are forgotten: it would first do them all, and complain of those whose world is gone.
    """
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs"))
    with serving(config, log_folder=tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.fixture
def bare_world(app: Any) -> World:
    """A client and a provider who have agreed on an engagement and done nothing yet: no vertical, no customer."""
    return make_world(app, verticals=())


@pytest.fixture
def visitor(browser: Any, axe: Any, served: Served) -> Iterator[Callable[..., Visitor]]:
    """`visitor("alice", url)` sits down at a browser of her own; at the end nothing may have been complained of."""
    seated: list[Visitor] = []
    before = len(served.faults())

    def seat(name: str, url: str) -> Visitor:
        seated.append(Visitor(browser, url, axe=axe, name=name))
        return seated[-1]

    yield seat
    for each in seated:
        each.close()
    assert served.faults()[before:] == []
    assert [f"{each.name}: {said}" for each in seated for said in each.complaints] == []


@pytest.fixture
def acting(app: Any) -> Iterator[Callable[..., Any]]:
    """`session = acting(world.alice)`: a transaction in a person's scope, to set a stage or to look behind the pages."""
    with app.app_context():

        def enter(person: Any) -> Any:
            db.session.rollback()
            scope.enter(db.session(), person.context)
            return db.session()

        yield enter
        db.session.rollback()
        db.session.remove()
