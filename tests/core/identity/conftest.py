"""A world for a module, and browsers at its door."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from core.limits import budgets
from core.testing.people import Person, World, make_world
from core.web.security import SESSION_COOKIE

SAME = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Browser:
    """A browser over https. `at` is the page it ended on, redirects followed."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, base_url="https://localhost", **options)

    def post(self, path: str, data: Any = None, *, follow: bool = False, **headers: str) -> Any:
        return self.client.post(
            path, data=data or {}, base_url="https://localhost", headers={**SAME, **headers}, follow_redirects=follow
        )

    def sign_in(self, person: Person, password: str | None = None) -> Any:
        return self.post("/login", {"email": person.email, "password": password or person.password})

    @property
    def secret(self) -> str:
        cookie = self.client.get_cookie(SESSION_COOKIE)
        return cookie.value if cookie else ""

    def carry(self, secret: str) -> None:
        self.client.set_cookie(SESSION_COOKIE, secret, secure=True)

    def set_up_app(self) -> tuple[str, list[str]]:
        """Set up an authenticator app: its secret, and the recovery codes that were shown."""
        self.post("/account/totp")
        page = self.get("/account/totp").text
        secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
        shown = self.post("/account/totp/confirm", {"code": pyotp.TOTP(secret).now()})
        assert shown.status_code == 200, shown.text
        return secret, re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", shown.text)


@pytest.fixture
def aged(database: Any) -> Callable[[Person, str], None]:
    """Put the proofs of a person's sessions into the past: `aged(world.alice, "1 hour")`."""

    def age(person: Person, by: str) -> None:
        moved = (
            "UPDATE user_session SET stepped_at = now() - CAST(:by AS interval), met = (SELECT jsonb_agg(m || jsonb_build_object("
            "'at', now() - CAST(:by AS interval))) FROM jsonb_array_elements(met) m) WHERE user_id = :who"
        )
        with database.owner_engine().begin() as connection:
            assert connection.execute(text(moved), {"by": by, "who": person.context.user_id}).rowcount

    return age


@pytest.fixture
def browser_of(app: Flask) -> Callable[[], Browser]:
    return lambda: Browser(app.test_client())


@pytest.fixture
def here(browser_of: Callable[[], Browser]) -> Browser:
    return browser_of()


@pytest.fixture(scope="module")
def place(app: Flask) -> World:
    """One world for a module whose tests change different people of it."""
    return make_world(app, verticals=())


@pytest.fixture(autouse=True)
def _generous(monkeypatch: pytest.MonkeyPatch) -> None:
    """All these tests come from one address within a minute."""
    for name in ("sign_in", "reset_address", "step_up"):
        monkeypatch.setitem(budgets.BUDGETS, name, budgets.Budget(name=name, most=100_000, seconds=60))
