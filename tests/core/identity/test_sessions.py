"""Sessions: listed, ended, renewed, and refused with the reason when somebody comes with an old secret."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.db import scope
from core.db.base import db

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.fixture
def age(database):
    """Move the times of a person's sessions into the past, as the owner of the database."""

    def back(user_id, by: timedelta, *columns: str) -> None:
        moved = ", ".join(f"{column} = {column} - :by" for column in columns)
        with database.owner_engine().begin() as connection:
            done = connection.execute(
                text(f"UPDATE user_session SET {moved} WHERE user_id = :who"), {"by": by, "who": user_id}
            )
            assert done.rowcount

    return back


def test_the_list_names_browser_and_place_and_marks_this_one(world, here, browser_of):
    here.sign_in(world.alice)
    other = browser_of()
    other.post("/login", {"email": world.alice.email, "password": world.alice.password}, **{"User-Agent": CHROME})
    page = other.get("/account?lang=en", follow_redirects=True).text
    assert "Chrome, Windows" in page
    assert "127.0.0.1" in page
    assert page.count("this one") == 1
    [path] = re.findall(r'action="(/account/sessions/[0-9a-f-]+/end)"', page)
    assert other.post(path).status_code == 303
    assert here.get(f"/t/{world.slug}/notifications").headers["Location"].endswith("why=revoked")
    assert other.get("/account").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(world, here, browser_of):
    here.sign_in(world.alice)
    second = browser_of()
    second.sign_in(world.alice)
    [path] = re.findall(r'action="(/account/sessions/[0-9a-f-]+/end)"', second.get("/account").text)
    stranger = browser_of()
    stranger.sign_in(world.carol)
    assert stranger.post(path).status_code == 404
    assert here.get("/account").status_code == 200


def test_all_others_end_at_once(world, here, browser_of):
    others = [browser_of(), browser_of()]
    for each in others:
        each.sign_in(world.bob)
    here.sign_in(world.bob)
    here.post("/account/sessions/end-others")
    assert [each.get("/account").status_code for each in others] == [302, 302]
    assert here.get("/account").status_code == 200


def test_a_session_ends_when_nothing_is_done_and_at_its_longest_time(world, here, age):
    here.sign_in(world.dan)
    age(world.dan.context.user_id, timedelta(hours=2), "expires_at", "seen_at")
    assert here.get(f"/t/{world.engagement_slug}/notifications").headers["Location"].endswith("why=idle")
    here.sign_in(world.dan)
    age(world.dan.context.user_id, timedelta(hours=13), "expires_at", "ends_at")
    assert here.get(f"/t/{world.engagement_slug}/notifications").headers["Location"].endswith("why=too_long")


def test_use_puts_the_end_off(world, here, age):
    here.sign_in(world.dan)
    age(world.dan.context.user_id, timedelta(minutes=40), "expires_at", "seen_at")
    assert here.get(f"/t/{world.engagement_slug}/notifications").status_code == 200
    age(world.dan.context.user_id, timedelta(minutes=40), "expires_at", "seen_at")
    assert here.get(f"/t/{world.engagement_slug}/notifications").status_code == 200


def test_a_made_up_secret_opens_nothing_and_tells_nothing(world, here):
    here.sign_in(world.alice)
    true = here.secret
    for tampered in (true[:-1] + ("A" if true[-1] != "A" else "B"), "x" * 43, "../../etc", "é"):
        here.carry(tampered)
        answer = here.get(f"/t/{world.slug}/notifications")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login?next=")
        assert "why" not in answer.headers["Location"]


def test_a_tampered_cookie_is_noted_once_an_hour(database, world, here):
    here.carry("y" * 43)
    page, away = f"/t/{world.slug}/notifications", {"REMOTE_ADDR": "192.0.2.77"}
    for _ in range(3):
        here.get(page, environ_overrides=away)
    with database.owner_engine().begin() as connection:
        noted = connection.execute(
            text("SELECT kind, outcome, reason FROM sign_in_event WHERE peer = '192.0.2.77'")
        ).all()
    assert noted == [("session", "denied", "unknown")]


def test_the_first_entry_of_a_session_is_in_the_tenants_trail_once(app, world, here):
    here.sign_in(world.carol)
    for _ in range(3):
        assert here.get(f"/t/{world.slug}/notifications").status_code == 200
    with app.app_context(), Session(db.engine) as session:
        scope.enter(session, world.alice.context)
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "session.entered")).all()
    assert [(row.participant_id, row.details) for row in rows] == [
        (world.carol.context.participant_id, {"methods": ["password"]})
    ]
