"""Passwords: what is refused and why, the change that ends other sessions, the link that works once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.identity import accounts, passwords
from core.limits import budgets
from core.notify import door

NEW = "seven green lamps hum"


def codes(password, personal=("Alice Zhang", "alice.wu@harbour.example", "Harbour Bank 海港银行")):
    return [each.code for each in passwords.faults(password, personal=personal)]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("correct horse", "length"),
        ("x" * 129, "length"),
        ("passwordpassword", "guessable"),
        ("qwertyuiopasdfgh", "guessable"),
        ("aaaaaaaaaaaaaaaaa", "guessable"),
        ("1234567890123456", "guessable"),
        ("my name is alice yes", "personal"),
        ("the HARBOUR at night", "personal"),
        ("我们的海港银行密码是很长的一句话啊", "personal"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password, code):
    assert codes(password) == [code]


@pytest.mark.parametrize(
    "password", [NEW, "correct horse battery", "月亮从海上升起照着七只绿灯和一匹马", "kT9#vLm2@xQ7wPz"]
)
def test_a_long_one_is_good_whatever_it_is_made_of(password):
    assert codes(password) == []


def test_two_ways_to_type_the_same_characters_are_one_password():
    assert passwords.normal("ｃａｆé　ｌａｍｐ") == passwords.normal("cafe\u0301 lamp")


@pytest.fixture
def told(app, monkeypatch):
    """Who was told of which change, in place of the mail."""
    changes = []
    monkeypatch.setattr(accounts, "CHANGED", [lambda _session, user_id, change: changes.append((user_id, change))])
    return changes


def test_the_person_is_told_by_mail_in_their_language_and_only_of_a_change_that_was_made(
    app, session, world, here, told
):
    here.sign_in(world.dan)
    here.post("/account/password", {"present": "wrong", "password": NEW})
    assert told == []
    here.post("/account/password", {"present": world.dan.password, "password": NEW})
    assert told == [(world.dan.context.user_id, "password")]
    who = accounts.account_of(session, user_id=world.dan.context.user_id)
    letter = door.change_letter(replace(who, locale="en"), app.extensions["kehub"]["config"], change="password")
    assert letter["To"] == world.dan.email
    plain = letter.get_body(("plain",)).get_content()
    assert "The password of your account was changed." in plain
    assert "/account" in plain
    assert NEW not in str(letter)


def test_a_change_asks_for_the_present_one_and_ends_all_other_sessions(world, here, browser_of):
    elsewhere = browser_of()
    elsewhere.sign_in(world.dan)
    here.sign_in(world.dan)
    here.get("/account?lang=en")
    wrong = here.post("/account/password", {"present": "wrong", "password": NEW})
    assert wrong.status_code == 422
    assert "This is not your present password." in wrong.text
    same = here.post("/account/password", {"present": world.dan.password, "password": world.dan.password})
    assert "This is your present password." in same.text
    done = here.post("/account/password", {"present": world.dan.password, "password": NEW}, follow=True)
    assert "1 other session was ended" in done.text
    stolen = elsewhere.get(f"/t/{world.engagement_slug}/notifications")
    assert stolen.status_code == 302
    assert "why=password_changed" in stolen.headers["Location"]
    assert "Ended session was used" in here.get("/account").text
    assert browser_of().sign_in(world.dan, NEW).headers["Location"] == "/"
    assert browser_of().sign_in(world.dan).status_code == 422


@pytest.fixture
def sent(app, monkeypatch):
    """Whose link was asked for, in place of the mail."""
    asked = []
    monkeypatch.setattr(passwords, "ASKED", [lambda _session, user_id: asked.append(user_id)])
    return asked


def test_a_forgotten_password_gets_the_same_answer_for_every_address(world, here, sent):
    known = here.post("/login/forgot", {"email": world.carol.email})
    unknown = here.post("/login/forgot", {"email": "nobody@example.com"})
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert sent == [world.carol.context.user_id, None]


def test_asking_again_and_again_is_stopped_for_whatever_address(here, sent, monkeypatch):
    monkeypatch.setitem(budgets.BUDGETS, "reset", budgets.Budget(name="reset", most=2, seconds=3600))
    answers = [here.post("/login/forgot", {"email": "somebody.else@example.com"}) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_a_link_sets_a_password_once_and_ends_every_session(session, world, here, browser_of):
    here.sign_in(world.alice)
    secret = passwords.begin_reset(session, user_id=world.alice.context.user_id)
    session.commit()
    stranger = browser_of()
    assert world.alice.email in stranger.get(f"/login/reset/{secret}").text
    weak = stranger.post(f"/login/reset/{secret}", {"password": "passwordpassword"})
    assert weak.status_code == 422
    assert stranger.post(f"/login/reset/{secret}", {"password": NEW}).status_code == 303
    assert stranger.post(f"/login/reset/{secret}", {"password": NEW + " more"}).status_code == 410
    assert here.get("/account").status_code == 302
    assert browser_of().sign_in(world.alice, NEW).headers["Location"] == "/"


def test_a_newer_link_ends_the_older_and_a_made_up_one_opens_nothing(session, world, here):
    old = passwords.begin_reset(session, user_id=world.bob.context.user_id)
    new = passwords.begin_reset(session, user_id=world.bob.context.user_id)
    session.commit()
    assert here.get(f"/login/reset/{old}").status_code == 410
    assert here.get(f"/login/reset/{new}").status_code == 200
    assert here.get("/login/reset/made-up").status_code == 410
