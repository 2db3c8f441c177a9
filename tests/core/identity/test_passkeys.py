"""Passkeys: added, signed in with, shown as a second step, refused where anything is wrong, removed."""

from __future__ import annotations

import json
import re

import pytest

from tests.core.identity.authenticator import Device


def options(browser, path):
    answer = browser.post(path)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.data)


def add(browser, device, name="my key"):
    answer = device.create(options(browser, "/account/passkeys/options"))
    return browser.post("/account/passkeys", {"proof-passkey": answer, "name": name})


def come_in(browser, device):
    answer = device.get(options(browser, "/login/passkey/options"))
    return browser.post("/login/passkey", {"proof-passkey": answer})


@pytest.fixture
def device(world, here):
    """Bob's device, added in his browser."""
    here.sign_in(world.bob)
    made = Device()
    shown = add(here, made)
    assert shown.status_code == 200
    assert len(re.findall(r"<code>[a-z0-9]{5}-[a-z0-9]{5}</code>", shown.text)) == 10
    return made


def test_a_passkey_signs_in_without_an_address(world, device, browser_of):
    other = browser_of()
    answer = come_in(other, device)
    assert answer.status_code == 302
    assert world.bob.email in other.get("/account").text


def test_after_the_password_a_passkey_is_the_second_step(world, device, browser_of):
    other = browser_of()
    assert other.sign_in(world.bob).headers["Location"] == "/login/second"
    asked = options(other, "/login/passkey/options?step=1")
    assert len(asked["allowCredentials"]) == 1
    assert other.post("/login/second", {"proof-passkey": device.get(asked)}).status_code == 302
    assert "my key" in other.get("/account").text


@pytest.mark.parametrize("wrong", ["page", "finger", "key", "challenge"])
def test_a_wrong_answer_opens_nothing(world, device, browser_of, wrong):
    other, asked = browser_of(), None
    if wrong == "page":
        device.origin = "https://kehub.example.evil"
    if wrong == "finger":
        device.verifies = False
    if wrong == "key":
        device.key = Device().key
    if wrong == "challenge":
        asked = options(browser_of(), "/login/passkey/options")
    answer = device.get(asked or options(other, "/login/passkey/options"))
    assert other.post("/login/passkey", {"proof-passkey": answer}).status_code == 422
    assert other.secret == ""


def test_an_answer_is_good_once(world, device, browser_of):
    other = browser_of()
    answer = device.get(options(other, "/login/passkey/options"))
    assert other.post("/login/passkey", {"proof-passkey": answer}).status_code == 302
    other.post("/logout")
    assert other.post("/login/passkey", {"proof-passkey": answer}).status_code == 422


def test_what_is_no_answer_is_refused(here, world):
    options(here, "/login/passkey/options")
    for junk in ("", "null", "{}", '{"id": 7}', "["):
        assert here.post("/login/passkey", {"proof-passkey": junk}).status_code == 422


def test_the_passkey_of_one_is_not_the_second_step_of_another(world, device, browser_of):
    carol = browser_of()
    carol.sign_in(world.carol)
    hers = Device()
    add(carol, hers)
    other = browser_of()
    other.sign_in(world.carol)
    answer = device.get(options(other, "/login/passkey/options?step=1"))
    assert other.post("/login/second", {"proof-passkey": answer}).status_code == 422


def test_the_same_device_is_not_added_twice(world, device, here, browser_of):
    assert add(here, device).status_code == 422


def test_it_is_renamed_and_removed_by_its_own_person_only(world, device, here, browser_of):
    path = re.search(r'action="(/account/passkeys/[0-9a-f-]+)/name"', here.get("/account").text)[1]
    stranger = browser_of()
    stranger.sign_in(world.alice)
    assert stranger.post(f"{path}/name", {"name": "mine"}).status_code == 404
    assert stranger.post(f"{path}/remove").status_code == 404
    assert here.post(f"{path}/name", {"name": "Blue stick"}).status_code == 303
    assert "Blue stick" in here.get("/account").text
    assert here.post(f"{path}/remove").status_code == 303
    assert come_in(browser_of(), device).status_code == 422
