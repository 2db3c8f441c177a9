"""Fixtures of the REST interface: `api(world.alice)` is a client that carries a token of hers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from core.testing.people import Person


@dataclass(frozen=True)
class Caller:
    """A program with a token. Answers are Flask's test responses."""

    client: FlaskClient
    token: str

    def __call__(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> Any:
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        # In a context of its own: within an app context that a test holds open, the request would share its session.
        return Context().run(self.client.open, address, method=method, headers=sent, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self("GET", path, **options)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        return self("POST", path, json=body, headers={"Idempotency-Key": key} if key is not None else {})

    def put(self, path: str, body: Any) -> Any:
        return self("PUT", path, json=body)

    def patch(self, path: str, body: Any, *, etag: str | None = None) -> Any:
        return self("PATCH", path, json=body, headers={"If-Match": etag} if etag is not None else {})


@pytest.fixture
def issue_token(app: Flask) -> Callable[..., str]:
    """A token of a person; with all that the person may do unless `scopes` are named."""
    from core.db import scope
    from core.db.base import db
    from core.identity import service as identity

    def make(person: Person, *, scopes: Sequence[str] | None = None, days: int = 1) -> str:
        owner, client = person.context.participant_id, replace(person.context, party="client", engagement_id=None)
        assert owner is not None
        wanted = person.context.permissions if scopes is None else scopes
        with app.app_context():
            session = db.session()
            scope.enter(session, client)  # the client issues the tokens of both sides
            _, clear = identity.issue_token(
                session, participant_id=owner, name="test", scopes=sorted(wanted), days=days
            )
            session.commit()
        return clear

    return make


@pytest.fixture
def api(app: Flask, issue_token: Callable[..., str]) -> Callable[..., Caller]:
    def enter(person: Person, *, scopes: Sequence[str] | None = None) -> Caller:
        return Caller(app.test_client(), issue_token(person, scopes=scopes))

    return enter


__all__ = ["Caller", "api", "issue_token"]
