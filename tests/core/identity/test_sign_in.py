"""Signing in: one answer for every wrong pair, a new secret each time, and an end to guessing."""

import pytest

from core.identity import service
from core.web.security import SESSION_COOKIE

HTTPS = {"base_url": "https://localhost", "headers": {"Sec-Fetch-Site": "same-origin"}}


def sign_in_as(client, email, password, **extra):
    return client.post("/login", data={"email": email, "password": password, **extra}, **HTTPS)


def test_a_person_signs_in_and_reaches_the_workspace(client, world):
    assert sign_in_as(client, world.alice.email, world.alice.password).status_code == 302
    assert client.get("/", base_url="https://localhost").headers["Location"] == f"/t/{world.slug}/"


@pytest.mark.parametrize("email", ["alice", "nobody"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, world, email):
    address = world.alice.email if email == "alice" else "nobody@example.com"
    answer = sign_in_as(client, address, "wrong")
    assert answer.status_code == 422
    assert client.get_cookie(SESSION_COOKIE) is None
    assert world.alice.email.split("@")[0] in answer.text or email == "nobody"


def test_the_address_is_read_without_case_or_spaces(client, world):
    assert sign_in_as(client, f"  {world.alice.email.upper()} ", world.alice.password).status_code == 302


def test_ten_failures_and_even_the_right_password_waits(client, world):
    for _ in range(service.ATTEMPTS):
        sign_in_as(client, world.bob.email, "wrong")
    assert sign_in_as(client, world.bob.email, world.bob.password).status_code == 429


def test_signing_in_again_rotates_the_secret_and_ends_the_old_session(app, client, world):
    sign_in_as(client, world.alice.email, world.alice.password)
    first = client.get_cookie(SESSION_COOKIE).value
    sign_in_as(client, world.alice.email, world.alice.password)
    second = client.get_cookie(SESSION_COOKIE).value
    assert first != second
    old = app.test_client()
    old.set_cookie(SESSION_COOKIE, first, secure=False)
    assert old.get(f"/t/{world.slug}/verticals").status_code in (302, 303)


def test_signing_out_ends_the_session(client, world, app):
    sign_in_as(client, world.alice.email, world.alice.password)
    secret = client.get_cookie(SESSION_COOKIE).value
    assert client.post("/logout", **HTTPS).status_code == 302
    copy = app.test_client()
    copy.set_cookie(SESSION_COOKIE, secret, secure=False)
    assert copy.get(f"/t/{world.slug}/verticals").status_code in (302, 303)


def test_after_signing_in_one_returns_to_the_page_one_wanted_and_nowhere_else(client, world):
    wanted = f"/t/{world.slug}/verticals"
    assert sign_in_as(client, world.alice.email, world.alice.password, next=wanted).headers["Location"] == wanted
    answer = sign_in_as(client, world.alice.email, world.alice.password, next="https://evil.example/")
    assert answer.headers["Location"] == "/"


def test_a_workspace_of_somebody_else_is_not_found(world, app, sign_in):
    from core.testing.people import make_world

    other = make_world(app)
    alice = sign_in(world.alice)
    assert alice.client.get(f"/t/{other.slug}/verticals").status_code == 404
    assert alice.client.get("/t/no-such-workspace/verticals").status_code == 404


def test_a_cross_site_form_signs_nobody_in(client, world):
    form = {"email": world.alice.email, "password": world.alice.password}
    answer = client.post("/login", data=form, headers={"Sec-Fetch-Site": "cross-site"}, base_url="https://localhost")
    assert answer.status_code == 403


def test_an_audit_entry_carries_the_number_of_its_request(app, session, world, sign_in):
    from sqlalchemy import select

    from core.audit.models import AuditEntry
    from core.db import scope

    key, number = next(iter(app.extensions["kehub"]["catalog"].verticals)), "0123456789abcdef" * 2
    sign_in(world.alice).post(f"/verticals/{key}", data={"enabled": "1"}, headers={"X-Request-Id": number})
    scope.enter(session, world.alice.context)
    assert number in session.scalars(select(AuditEntry.request_id)).all()
