"""API tokens: issued on a page, shown once, revoked at once."""

from __future__ import annotations

import re

from core.testing.api_fixtures import Caller

WANTED = {"name": "Nightly import", "days": "30", "scopes": ["customer.read", "customer.create"]}


def test_a_token_is_shown_once_and_works(app, sign_in, world):
    alice = sign_in(world.alice)
    page = alice.post("/settings/tokens", data=WANTED)
    assert page.status_code == 200
    token = re.search(r"kehub_[\w-]+", page.text).group()
    assert page.headers["Cache-Control"] == "no-store"
    assert "Nightly import" in page.text

    again = alice.get("/settings/tokens").text
    assert "Nightly import" in again
    assert token not in again

    caller = Caller(app.test_client(), token)
    assert caller.get("/customers").status_code == 200
    assert caller.put("/verticals/telecom", {"enabled": False}).status_code == 403


def test_a_revoked_token_is_dead_at_once(app, sign_in, world):
    alice = sign_in(world.alice)
    page = alice.post("/settings/tokens", data=WANTED).text
    caller = Caller(app.test_client(), re.search(r"kehub_[\w-]+", page).group())
    path = re.search(r'action="/t/[^/]+(/settings/tokens/[^"]+/revoke)"', page).group(1)
    assert alice.post(path).status_code == 303
    assert caller.get("/customers").status_code == 401
    assert "Revoked" in alice.get("/settings/tokens?lang=en", follow_redirects=True).text


def test_what_is_wrong_is_told_and_nothing_is_issued(sign_in, world):
    alice = sign_in(world.alice)
    alice.get("/settings/tokens?lang=en")
    page = alice.post("/settings/tokens", data={"name": " ", "days": "9999", "scopes": ["gate.decide"]})
    assert page.status_code == 422
    assert "kehub_" not in page.text
    for said in ("A name has 1 to 80 characters.", "Choose from what your role includes.", "From 1 to 365 days."):
        assert said in page.text
    assert "No token yet" in page.text


def test_only_who_manages_tokens_sees_them(sign_in, world):
    for person in (world.carol, world.bob, world.dan):
        assert sign_in(person).get("/settings/tokens").status_code == 403
