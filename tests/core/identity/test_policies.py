"""A tenant's sign-in policy: asked for in its workspaces and in no other, never more than who sets it has shown."""

from __future__ import annotations

import json
import time

import pyotp
import pytest
from sqlalchemy import text

from core.db import scope
from core.db.base import db
from core.identity import assurance, people
from core.testing.people import make_world
from tests.core.identity.authenticator import Device
from tests.core.identity.test_passkeys import add, come_in, options

OPEN = {"second_factor": "none", "methods": ["password", "passkey", "sso"], "session_hours": "", "idle_minutes": "",
        "networks": "", "version": "0"}  # fmt: skip


def set_policy(browser, place, **wanted):
    return browser.post(f"/t/{place.slug}/settings/sign-in", {**OPEN, **wanted})


@pytest.fixture
def strict(world, here, browser_of):
    """Alice has an app, and her tenant asks everybody for a second factor."""
    here.sign_in(world.alice)
    here.get("/account?lang=en")
    here.set_up_app()
    assert set_policy(here, world, second_factor="any").status_code == 303
    return here


def test_nobody_can_ask_for_what_they_have_not_shown(world, here):
    here.sign_in(world.alice)
    here.get("/account?lang=en")
    for wanted, said in (
        ({"second_factor": "any"}, "You have not shown a second factor"),
        ({"second_factor": "passkey"}, "You have not shown a passkey"),
        ({"methods": ["sso"]}, "You are signed in another way yourself"),
        ({"networks": "203.0.113.0/24"}, "you would lock yourself out"),
        ({"networks": "my office"}, "my is no network"),
        ({"methods": []}, "Choose at least one way"),
        ({"session_hours": "0", "idle_minutes": "x"}, "From 1 to 168, or nothing."),
    ):
        answer = set_policy(here, world, **wanted)
        assert answer.status_code == 422, wanted
        assert said in answer.text


def test_whoever_lacks_it_is_led_there_and_back(world, strict, browser_of):
    carol = browser_of()
    carol.sign_in(world.carol)
    carol.get("/account?lang=en")
    wanted = f"/t/{world.slug}/notifications"
    led = carol.get(wanted)
    assert led.headers["Location"] == f"/prove/{world.slug}?next=%2Ft%2F{world.slug}%2Fnotifications"
    page = carol.get(led.headers["Location"]).text
    assert "This workspace asks for a second factor." in page
    assert "Set up a factor" in page
    carol.set_up_app()
    assert carol.get(wanted).status_code == 200


def test_a_providers_people_meet_the_clients_policy(world, strict, browser_of):
    dan = browser_of()
    dan.sign_in(world.dan)
    assert dan.get(f"/t/{world.engagement_slug}/notifications").headers["Location"].startswith("/prove/")


def test_another_workspace_asks_for_nothing_and_the_session_stays(app, world, strict, browser_of):
    """One person at two clients: the one is strict, the other is not."""
    other = make_world(app, verticals=())
    with app.app_context():
        scope.enter(db.session(), other.alice.context)
        who = world.carol.context.user_id
        people.add_participant(db.session(), user_id=who, shown_name="Carol", roles=["client_manager"], party="client")
        db.session.commit()
        db.session.remove()
    carol = browser_of()
    carol.sign_in(world.carol)
    assert carol.get(f"/t/{other.slug}/notifications").status_code == 200
    assert carol.get(f"/t/{world.slug}/notifications").status_code == 302
    assert carol.get(f"/t/{other.slug}/notifications").status_code == 200


def test_a_code_is_no_passkey(world, here, browser_of):
    device = Device()
    here.sign_in(world.alice)
    add(here, device)
    assert set_policy(here, world, second_factor="passkey").status_code == 303
    carol = browser_of()
    carol.sign_in(world.carol)
    carol.get("/account?lang=en")
    carol.set_up_app()
    led = carol.get(f"/t/{world.slug}/notifications")
    assert "This workspace asks for a passkey." in carol.get(led.headers["Location"]).text
    hers = Device()
    assert add(carol, hers).status_code == 303
    assert carol.get(f"/t/{world.slug}/notifications").status_code == 200
    again = browser_of()
    again.sign_in(world.carol)
    asked = options(again, "/login/passkey/options?step=1")
    again.post("/login/second", {"proof-passkey": hers.get(asked)})
    assert again.get(f"/t/{world.slug}/notifications").status_code == 200


def test_a_password_where_only_passkeys_are_taken_leads_to_the_passkey(world, here, browser_of):
    device, secret = Device(), None
    here.sign_in(world.alice)
    secret, _codes = here.set_up_app()
    add(here, device)
    assert set_policy(here, world, methods=["passkey"]).status_code == 303
    other = browser_of()
    other.sign_in(world.alice)
    other.get("/login?lang=en")
    other.post("/login/second", {"proof-code": pyotp.TOTP(secret).at(int(time.time()) + 30)})
    led = other.get(f"/t/{world.slug}/notifications").headers["Location"]
    assert 'name="proof-code"' not in other.get(led).text
    answer = device.get(json.loads(other.post("/prove/options").data))
    assert other.post(led, {"proof-passkey": answer}).status_code == 303
    assert other.get(f"/t/{world.slug}/notifications").status_code == 200


def test_hours_and_minutes_are_counted_from_the_last_proof(database, world, here, aged):
    here.sign_in(world.alice)
    assert set_policy(here, world, session_hours="4", idle_minutes="10").status_code == 303
    page = f"/t/{world.slug}/notifications"
    assert here.get(page).status_code == 200
    aged(world.alice, "1 hour")
    with database.owner_engine().begin() as connection:
        connection.execute(
            text("UPDATE user_session SET seen_at = now() - interval '11 minutes' WHERE user_id = :who"),
            {"who": world.alice.context.user_id},
        )
    led = here.get(page)
    assert led.status_code == 302
    assert here.post(led.headers["Location"], {"proof-password": world.alice.password}).status_code == 303
    assert here.get(page).status_code == 200


def test_networks_hold_for_people_and_for_programs(app, database, world, here, api):
    program = api(world.alice)
    here.sign_in(world.alice)
    assert set_policy(here, world, networks="127.0.0.0/8\n2001:db8::/32").status_code == 303
    assert program.get("/customers").status_code == 200
    away = {"REMOTE_ADDR": "198.51.100.7"}
    page = here.get(f"/t/{world.slug}/notifications", environ_overrides=away)
    assert page.headers["Location"].startswith(f"/prove/{world.slug}")
    shown = here.get(page.headers["Location"], environ_overrides=away).text
    assert "198.51.100.7" in shown
    refused = program.get("/customers", environ_overrides=away)
    assert (refused.status_code, refused.json["code"]) == (403, "assurance_wanted")
    assert refused.json["wants"] == ["network"]


def test_an_identity_providers_word_counts_for_its_own_tenant_only(world):
    from datetime import UTC, datetime
    from uuid import uuid4

    policy = {"second_factor": "any", "methods": ["sso"], "hours": None, "idle": None, "networks": []}
    met = [{"method": "sso", "tenant": str(world.tenant_id), "at": datetime.now(UTC).isoformat()}]
    said = {"assurance": {"met": met, "stepped_at": met[0]["at"], "seen_at": met[0]["at"], "policy": policy}}
    assert assurance.assured(said, tenant_id=world.tenant_id, peer="::1").wants == ()
    assert assurance.assured(said, tenant_id=uuid4(), peer="::1").wants == ("method",)


def test_who_may_not_set_it_sees_no_page(world, browser_of):
    for person in (world.carol, world.bob):
        browser = browser_of()
        browser.sign_in(person)
        assert browser.get(f"/t/{person.workspace}/settings/sign-in").status_code == 403


def test_a_passkey_alone_meets_any_second_factor(world, here, strict, browser_of):
    carol, device = browser_of(), Device()
    carol.sign_in(world.carol)
    add(carol, device)
    other = browser_of()
    come_in(other, device)
    assert other.get(f"/t/{world.slug}/notifications").status_code == 200
