"""Authenticator apps and recovery codes: set up, asked for, good once, noted when refused."""

from __future__ import annotations

import time

import pyotp
import pytest

from core.identity import entering, totp

LATER = totp.PERIOD


def code_at(secret: str, ahead: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + ahead)


@pytest.fixture
def with_app(world, here):
    """Carol with an app: her browser is signed in, `secret` is the app's, `codes` her recovery codes."""
    here.sign_in(world.carol)
    secret, codes = here.set_up_app()
    return secret, codes


def test_setting_up_shows_a_picture_and_ten_codes_once(world, here):
    here.sign_in(world.carol)
    here.post("/account/totp")
    page = here.get("/account/totp?lang=en", follow_redirects=True).text
    assert 'src="data:image/svg+xml;base64,' in page
    _secret, codes = here.set_up_app()
    assert len(set(codes)) == 10
    account = here.get("/account").text
    assert "10 of 10 left" in account
    assert not any(code in account for code in codes)


def test_a_wrong_first_code_sets_nothing_up(world, here):
    here.sign_in(world.carol)
    here.post("/account/totp")
    assert here.post("/account/totp/confirm", {"code": "000000"}).status_code == 422
    assert here.post("/logout").status_code == 302
    assert here.sign_in(world.carol).headers["Location"] == "/"


def test_the_password_alone_opens_no_session_any_more(world, with_app, browser_of):
    other = browser_of()
    answer = other.sign_in(world.carol)
    assert answer.headers["Location"] == "/login/second"
    assert other.secret == ""
    secret, _codes = with_app
    assert other.post("/login/second", {"proof-code": code_at(secret, LATER)}).status_code == 302
    assert other.get(f"/t/{world.slug}/notifications").status_code != 302


def test_a_code_is_good_once_and_its_replay_is_told_and_noted(world, with_app, browser_of):
    secret, _codes = with_app
    first, thief = browser_of(), browser_of()
    code = code_at(secret, LATER)
    first.sign_in(world.carol)
    assert first.post("/login/second", {"proof-code": code}).status_code == 302
    thief.sign_in(world.carol)
    thief.get("/login?lang=en")
    answer = thief.post("/login/second", {"proof-code": code})
    assert answer.status_code == 422
    assert "This code was used already" in answer.text
    first.get("/account?lang=en")
    assert "a code was used a second time" in first.get("/account").text


def test_a_code_of_the_step_before_is_taken_and_an_older_one_is_not(session, world, with_app):
    from core.identity import accounts

    secret, _codes = with_app
    who = accounts.account_of(session, user_id=world.carol.context.user_id)
    assert totp.check(session, who=who, code=code_at(secret, -3 * totp.PERIOD)) == "wrong"
    assert totp.check(session, who=who, code=code_at(secret, totp.PERIOD)) == "good"
    assert totp.check(session, who=who, code=code_at(secret)) == "replayed"


def test_five_wrong_codes_and_the_sign_in_begins_anew(world, with_app, browser_of):
    secret, _codes = with_app
    other = browser_of()
    other.sign_in(world.carol)
    for _ in range(entering.STEP_TRIES):
        assert other.post("/login/second", {"proof-code": "000000"}).status_code == 422
    assert "late" in other.post("/login/second", {"proof-code": code_at(secret, LATER)}).headers.get("Location", "late")
    assert other.secret == ""


def test_a_recovery_code_lets_in_once_and_one_is_less(world, with_app, browser_of):
    _secret, codes = with_app
    other = browser_of()
    other.sign_in(world.carol)
    assert other.post("/login/second", {"proof-recovery": codes[0].upper()}).status_code == 302
    other.get("/account?lang=en")
    assert "9 of 10 left" in other.get("/account").text
    again = browser_of()
    again.sign_in(world.carol)
    assert again.post("/login/second", {"proof-recovery": codes[0]}).status_code == 422


def test_new_codes_end_the_old_ones(world, with_app, here, browser_of):
    _secret, codes = with_app
    assert here.post("/account/codes").status_code == 200
    other = browser_of()
    other.sign_in(world.carol)
    assert other.post("/login/second", {"proof-recovery": codes[0]}).status_code == 422


def test_a_secret_of_another_person_opens_nothing(session, world, with_app):
    """The secret is sealed for its person: moved to another row, it is bytes."""
    from dataclasses import replace

    from cryptography.exceptions import InvalidTag

    from core.identity import accounts

    who = accounts.account_of(session, user_id=world.carol.context.user_id)
    assert totp.secret_of(who)
    with pytest.raises(InvalidTag):
        totp.secret_of(replace(who, user_id=world.alice.context.user_id))


def test_without_the_last_factor_the_password_is_enough_again(world, with_app, here, browser_of):
    here.post("/account/totp/remove")
    other = browser_of()
    assert other.sign_in(world.carol).headers["Location"] == "/"
