"""Single sign-on at the door: the provider of a tenant lets its own people in, there and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.db import scope
from core.identity import people
from core.identity.models import Participant
from core.sso import service
from core.sso.service import Settings
from core.testing.people import make_world
from tests.core.sso import idp
from tests.core.sso.conftest import SITE


def refusals(session: Any, world: Any) -> list[str]:
    session.rollback()
    scope.enter(session, world.alice.context)
    found = session.scalars(
        select(AuditEntry.reason).where(AuditEntry.action == "session.opened", AuditEntry.outcome == "denied")
    ).all()
    session.rollback()
    return list(found)


def test_a_person_of_a_proved_domain_comes_in_and_is_known_the_next_time(door: Any, session: Any, world: Any) -> None:
    answer = door.sign_in("li")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/t/{door.slug}/")
    assert door.sees() == 200
    door.client.post("/logout")
    assert door.sign_in("li", email="renamed@elsewhere.example").status_code == 302
    scope.enter(session, world.alice.context)
    assert len(session.scalars(select(Participant).where(Participant.shown_name == "Li")).all()) == 1
    exchanged = door.provider.asked[-1]
    assert exchanged["redirect_uri"].endswith("/sso/callback")
    assert len(exchanged["code_verifier"]) >= 43


@pytest.mark.parametrize(
    ("claims", "reason", "words"),
    [
        ({"aud": "another"}, "wrong_audience", "another application"),
        ({"aud": [idp.CLIENT, "another"], "azp": "another"}, "wrong_audience", "another application"),
        ({"nonce": "another"}, "wrong_nonce", "another sign-in"),
        ({"nonce": None}, "wrong_nonce", "another sign-in"),
        ({"iss": "https://evil.example"}, "wrong_issuer", "another sign-in service"),
        ({"exp": 1_000_000}, "expired", "too old"),
        ({"sub": None}, "bad_token", "cannot be read"),
        ({"email_verified": False}, "no_address", "no verified e-mail"),
        ({"email": "bob@other.example"}, "foreign_domain", "other.example is not a domain of this organisation"),
    ],
)
def test_an_answer_that_proves_nothing_lets_nobody_in_and_is_kept_as_evidence(
    door: Any, session: Any, world: Any, claims: dict[str, Any], reason: str, words: str
) -> None:
    door.client.set_cookie("lang", "en")
    answer = door.sign_in("li", **claims)
    assert answer.status_code == 403
    assert words in answer.text
    assert door.sees() in (302, 303, 401, 404)
    assert refusals(session, world) == [f"sso: {reason}"]


def test_an_answer_signed_by_somebody_else_is_refused(door: Any, session: Any, world: Any) -> None:
    door.provider.signs_with = idp.make_key()
    assert door.sign_in("li").status_code == 403
    assert refusals(session, world) == ["sso: bad_signature"]


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(door: Any, app: Any) -> None:
    sent = door.go()
    assert door.back(sent, state="another").status_code == 403
    assert door.back(sent).status_code == 403, "a ceremony is taken once"
    sent = door.go()
    stolen = replace(door, client=app.test_client())
    assert stolen.back(sent).status_code == 403
    assert door.back(sent, iss="https://evil.example").status_code == 403
    assert door.back(door.go(), error="access_denied", code="").status_code == 403


def test_the_provider_of_one_tenant_opens_no_workspace_of_another(door: Any, app: Any, session: Any) -> None:
    """The same address has a membership in another tenant: the provider speaks for it in its own only."""
    other = make_world(app, verticals=("telecom",))
    scope.enter(session, other.alice.context)
    from core.identity.service import create_user

    user_id = create_user(session, address=door.address("li"), name="Li", password=None)
    people.add_participant(session, user_id=user_id, shown_name="Li", roles=["client_manager"], party="client")
    session.commit()
    assert door.sign_in("li").status_code == 302
    assert door.sees() == 200
    answer = door.client.get(f"/t/{other.slug}/customers")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"/prove/{other.slug}")


def test_what_a_provider_says_does_not_open_the_factors_of_the_account(door: Any) -> None:
    door.sign_in("li")
    answer = door.client.post("/account/totp", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    assert "/prove" in answer.headers["Location"]


def test_who_has_left_is_not_let_in_again(door: Any, session: Any, world: Any) -> None:
    door.sign_in("li")
    scope.enter(session, world.alice.context)
    person = session.scalar(select(Participant).where(Participant.shown_name == "Li"))
    people.end_access(session, context=world.alice.context, participant_id=person.id, reason="left the company")
    session.commit()
    assert door.sees() in (302, 404)
    door.client.post("/logout")
    assert door.sign_in("li").status_code == 403
    assert refusals(session, world) == ["sso: person_ended"]


def test_without_making_people_only_members_come_in(door: Any, session: Any, world: Any) -> None:
    scope.enter(session, world.alice.context)
    wanted = Settings(name="Corp", issuer=door.provider.issuer, client_id=idp.CLIENT)
    service.change(session, context=world.alice.context, provider_id=door.provider_id, settings=wanted, site=SITE)
    session.commit()
    assert door.sign_in("li").status_code == 403
    assert refusals(session, world) == ["sso: unknown_person"]


def test_a_provider_that_is_off_or_away_is_told(door: Any, session: Any, world: Any) -> None:
    door.client.set_cookie("lang", "en")
    door.provider.metadata = {"issuer": "https://another.example"}
    answer = door.client.get(f"/sso/{door.slug}")
    assert answer.status_code == 422
    assert "does not describe an OpenID provider" in answer.text
    scope.enter(session, world.alice.context)
    service.switch(session, context=world.alice.context, provider_id=door.provider_id, on=False)
    session.commit()
    assert door.client.get(f"/sso/{door.slug}").status_code == 404


def test_the_door_is_found_by_the_domain_of_an_address(door: Any) -> None:
    found = door.client.post("/sso", data={"email": door.address("li")}, headers={"Sec-Fetch-Site": "same-origin"})
    assert found.status_code == 200
    assert f"/sso/{door.slug}/{door.provider_id}" in found.text
    unknown = door.client.post("/sso", data={"email": "a@b.example"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert unknown.status_code == 422


def test_a_provider_of_a_private_address_is_refused_unless_the_installation_says_otherwise(
    session: Any, world: Any, provider: idp.Provider
) -> None:
    from core.errors import Invalid, Unavailable
    from core.sso import oidc

    scope.enter(session, world.alice.context)
    wanted = Settings(name="Corp", issuer=provider.issuer, client_id=idp.CLIENT)
    with pytest.raises(Invalid) as refused:
        service.add(session, context=world.alice.context, settings=wanted, site=replace(SITE, private=False))
    assert [each.field for each in refused.value.errors] == ["issuer"]
    for host in ("localhost", "10.0.0.1", "169.254.169.254", "[::1]"):
        with pytest.raises(Unavailable) as away:
            oidc.described(f"https://{host}", private=False)
        assert "private" in str(away.value)
