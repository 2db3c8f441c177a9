"""Public pytest fixtures, shipped with Kehub: a migrated database, an app, a session, tenants and people.

A vertical's author gets them by installing Kehub (entry point `pytest11`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from core.config import Config
    from core.context import Context
    from core.testing.people import World

pytest_plugins = ["core.testing.browser_fixtures", "core.testing.api_fixtures"]


@pytest.fixture(scope="session")
def config() -> Iterator[Config]:
    """The run's own configuration; its data folder is gone afterwards."""
    from core.testing.database import temporary_config

    with temporary_config() as made:
        yield made


@pytest.fixture(scope="session")
def database(config: Config) -> Any:
    """The migrated database's URLs (`core.db.home.Home`), once per run."""
    from core.testing.database import prepare

    return prepare(config)


@pytest.fixture(scope="session")
def app(config: Config, database: Any) -> Flask:
    """The application, as `wsgi.py` makes it."""
    from argon2 import PasswordHasher

    from core.app import create_app
    from core.identity import hashing

    hashing.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    return create_app(config)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session with an app context. Services are called with it; commit where the edge would."""
    from core.db.base import db

    with app.app_context():
        yield db.session()
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def world(app: Flask) -> World:
    """A client tenant (all shipped verticals on) and a provider with one engagement, with alice, bob, carol and dan."""
    from core.testing.people import make_world

    return make_world(app)


@dataclass(frozen=True)
class SignedIn:
    """A test client that carries somebody's session."""

    client: FlaskClient
    workspace: str

    def url(self, path: str) -> str:
        return f"/t/{self.workspace}{path}"

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(self.url(path), **options)

    def post(self, path: str, **options: Any) -> Any:
        headers = {"Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        return self.client.post(self.url(path), headers=headers, **options)


@pytest.fixture
def sign_in(app: Flask) -> Callable[[Any], SignedIn]:
    """`sign_in(world.alice)` gives her pages."""
    from core.web.security import SESSION_COOKIE

    def enter(person: Any) -> SignedIn:
        client = app.test_client()
        answer = client.post(
            "/login",
            data={"email": person.email, "password": person.password},
            headers={"Sec-Fetch-Site": "same-origin"},
            base_url="https://localhost",
        )
        assert answer.status_code == 302, answer.text
        cookie = client.get_cookie(SESSION_COOKIE)
        assert cookie is not None
        client.set_cookie(SESSION_COOKIE, cookie.value, secure=False)
        return SignedIn(client, person.workspace)

    return enter


@pytest.fixture
def unique() -> str:
    """A short word no other test uses."""
    return "t" + secrets.token_hex(5)


__all__ = ["Context", "SignedIn", "app", "client", "config", "database", "session", "sign_in", "unique", "world"]
