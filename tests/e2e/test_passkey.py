"""A passkey in a real browser, with Chromium's virtual authenticator: made, used as second step, used alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from core.testing.people import World
from core.testing.serving import Served
from tests.e2e.visitor import Visitor

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def alice(visitor: Callable[..., Visitor], served: Served) -> Visitor:
    """At `localhost`: browsers bind passkeys to names, never to addresses."""
    seated = visitor("alice", served.url.replace("127.0.0.1", "localhost"))
    device = seated.page.context.new_cdp_session(seated.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return seated


def test_a_passkey_is_made_and_signs_in_with_and_without_the_password(alice: Visitor, bare_world: World) -> None:
    alice.sign_in(bare_world.alice)
    page = alice.page
    page.goto(f"{alice.url}/account")
    page.get_by_label("Name of the new passkey").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Your second factor is set up")).to_be_visible()
    assert page.locator(".codes li").count() == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("My laptop")).to_be_visible()

    sign_out(page)
    page.get_by_label("Work e-mail").fill(bare_world.alice.email)
    page.get_by_label("Password").fill(bare_world.alice.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Show your second factor")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"**/t/{bare_world.slug}/**")

    page.goto(f"{alice.url}/account")
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"**/t/{bare_world.slug}/**")


def sign_out(page: Any) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Kehub")).to_be_visible()
