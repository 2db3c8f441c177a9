"""Step-up: a dangerous act asks for a proof of a moment ago; proof and act arrive together, and the session's secret changes."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

WANTED = {"name": "Nightly import", "days": "30", "scopes": ["customer.read", "customer.create"]}


@pytest.fixture
def stale(world, here, aged):
    """Alice, whose last proof is an hour old."""
    here.sign_in(world.alice)
    here.get("/account?lang=en")
    aged(world.alice, "1 hour")
    return here


def test_the_form_is_kept_and_the_act_goes_on_with_the_proof(world, stale):
    path, before = f"/t/{world.slug}/settings/tokens", stale.secret
    asked = stale.post(path, WANTED)
    assert asked.status_code == 403
    assert "Prove that it is you" in asked.text
    assert 'name="scopes" value="customer.create"' in asked.text
    assert "Nightly import" not in stale.get(path).text
    wrong = stale.post(path, {**WANTED, "proof-password": "wrong"})
    assert wrong.status_code == 422
    assert "The password is not right." in wrong.text
    done = stale.post(path, {**WANTED, "proof-password": world.alice.password})
    assert done.status_code == 200
    assert "kehub_" in done.text
    assert stale.secret not in {"", before}
    assert stale.post(path, WANTED).status_code == 200


def test_the_old_secret_is_worth_nothing_soon_after(database, world, stale, browser_of):
    old = stale.secret
    stale.post(f"/t/{world.slug}/settings/tokens", {**WANTED, "proof-password": world.alice.password})
    with database.owner_engine().begin() as connection:
        connection.execute(
            text(
                "UPDATE user_session SET expires_at = expires_at - interval '11 seconds'"
                " WHERE end_reason = 'renewed' AND user_id = :who"
            ),
            {"who": world.alice.context.user_id},
        )
    thief = browser_of()
    thief.carry(old)
    assert thief.get(f"/t/{world.slug}/settings/tokens").status_code == 302
    assert stale.get(f"/t/{world.slug}/settings/tokens").status_code == 200


def test_reading_asks_for_nothing(world, stale):
    assert stale.get(f"/t/{world.slug}/settings/tokens").status_code == 200


def test_a_fragment_is_sent_to_the_page_and_comes_back(world, stale):
    path = f"/t/{world.slug}/settings/tokens"
    answer = stale.post(
        path, WANTED, **{"HX-Request-Type": "partial", "HX-Current-URL": f"https://localhost{path}?sort=name"}
    )
    assert answer.status_code == 403
    address = urlsplit(answer.headers["HX-Redirect"])
    assert address.path == f"/prove/{world.slug}"
    assert parse_qs(address.query)["next"] == [f"{path}?sort=name"]
    back = stale.post(answer.headers["HX-Redirect"], {"proof-password": world.alice.password})
    assert (back.status_code, back.headers["Location"]) == (303, f"{path}?sort=name")
    assert stale.post(path, WANTED).status_code == 200


def test_a_program_is_told_what_is_wanted(world, stale):
    answer = stale.post(f"/t/{world.slug}/settings/tokens", WANTED, Accept="application/json")
    assert answer.status_code == 403
    assert (answer.json["code"], answer.json["wants"]) == ("step_up_required", ["fresh"])


def test_whoever_has_a_second_factor_shows_it(world, here, aged):
    here.sign_in(world.alice)
    here.set_up_app()
    aged(world.alice, "1 hour")
    path = f"/t/{world.slug}/settings/tokens"
    assert 'name="proof-code"' in here.post(path, WANTED).text
    assert here.post(path, {**WANTED, "proof-password": world.alice.password}).status_code == 422


def test_ones_own_factors_are_changed_after_a_proof_only(world, stale):
    answer = stale.post("/account/totp")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/prove?next=/account"
    back = stale.post("/prove?next=/account", {"proof-password": world.alice.password})
    assert back.headers["Location"] == "/account"
    assert stale.post("/account/totp").headers["Location"] == "/account/totp"


def test_one_does_not_come_back_to_another_site(world, stale):
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "/t/\\evil"):
        back = stale.post(f"/prove?next={evil}", {"proof-password": world.alice.password})
        assert back.headers["Location"] == "/account"


def test_the_page_of_a_workspace_of_somebody_else_is_not_found(app, stale):
    from core.testing.people import make_world

    other = make_world(app, verticals=())
    assert stale.get(f"/prove/{other.slug}").status_code == 404
    assert stale.get("/prove/no-such-workspace").status_code == 404


def test_who_tries_too_often_waits(world, stale, monkeypatch):
    from core.limits import budgets

    monkeypatch.setitem(budgets.BUDGETS, "step_up", budgets.Budget(name="step_up", most=2, seconds=600))
    path = f"/t/{world.slug}/settings/tokens"
    answers = [stale.post(path, {**WANTED, "proof-password": "wrong"}).status_code for _ in range(3)]
    assert answers == [422, 422, 429]
