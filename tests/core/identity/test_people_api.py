"""People, roles, units and invitations over REST: the same acts and refusals as on the pages."""

from __future__ import annotations

import pytest

from core.customers import service as customers
from core.db import scope


@pytest.fixture
def admin(api, world):
    return api(world.alice)


def tagged(caller, method, path, body, *, tag):
    """With the version that was seen."""
    return caller(method, path, json=body, headers={"If-Match": tag})


def test_a_person_gets_roles_a_unit_and_loses_access(admin, world) -> None:
    carol = f"/people/{world.carol.context.participant_id}"
    unit = admin.post("/units", {"name": "Branch", "key": "branch"})
    assert unit.status_code == 201
    read = admin.get(carol)
    assert read.json["roles"][0]["role"] == "client_manager"
    roles = [{"role": "client_manager", "reach": "unit", "unit_id": unit.json["id"]}, {"role": "quality_analyst"}]
    given = tagged(admin, "PUT", f"{carol}/roles", {"roles": roles}, tag=read.headers["ETag"])
    assert given.status_code == 200
    assert {(each["role"], each["reach"]) for each in given.json["roles"]} == {
        ("client_manager", "unit"), ("quality_analyst", "all"),
    }  # fmt: skip
    stale = tagged(admin, "PUT", f"{carol}/roles", {"roles": roles}, tag=read.headers["ETag"])
    assert stale.status_code == 412
    ended = tagged(admin, "POST", f"{carol}/end", {"reason": "left"}, tag=given.headers["ETag"])
    assert (ended.status_code, ended.json["active"], ended.json["roles"]) == (201, False, [])


def test_the_last_administrator_and_separate_duties_are_refused(admin, world) -> None:
    alice = f"/people/{world.alice.context.participant_id}"
    carol = f"/people/{world.carol.context.participant_id}"
    tag = admin.get(alice).headers["ETag"]
    assert tagged(admin, "PUT", f"{alice}/roles", {"roles": [{"role": "finance"}]}, tag=tag).status_code in (403, 409)
    tag = admin.get(carol).headers["ETag"]
    both = [{"role": "client_admin"}, {"role": "agent"}]
    refused = tagged(admin, "PUT", f"{carol}/roles", {"roles": both}, tag=tag)
    assert (refused.status_code, refused.json["code"]) == (409, "duties_meet")


def test_a_role_is_made_changed_and_archived(admin) -> None:
    body = {"label": {"en": "Reader"}, "permissions": ["customer.read"], "parties": ["client"]}
    made = admin.post("/roles", body)
    assert made.status_code == 201
    key, tag = made.json["key"], made.headers["ETag"]
    changed = tagged(admin, "PUT", f"/roles/{key}", {**body, "permissions": ["case.read"]}, tag=tag)
    assert changed.json["permissions"] == ["case.read"]
    gone = tagged(admin, "POST", f"/roles/{key}/archive", None, tag=changed.headers["ETag"])
    assert gone.json["archived"] is True
    assert admin.post("/roles", {**body, "permissions": ["no.such"]}).status_code == 422


def test_somebody_is_invited_and_the_invitation_withdrawn(admin) -> None:
    body = {"email": "rest@example.com", "shown_name": "Rest", "roles": [{"role": "finance"}]}
    sent = admin.post("/invitations", body)
    assert sent.status_code == 201
    assert [row["email"] for row in admin.get("/invitations").json["data"]] == ["rest@example.com"]
    assert admin.post("/invitations", body).status_code == 409
    assert admin.post(f"/invitations/{sent.json['id']}/withdraw").status_code == 201
    assert admin.get("/invitations").json["data"] == []


def test_a_customer_is_given_to_a_person_and_a_unit(session, admin, world) -> None:
    scope.enter(session, world.alice.context)
    made = customers.create_customer(session, context=world.alice.context, values={"name": "Wu Min"}).id
    session.commit()
    unit = admin.post("/units", {"name": "Branch"}).json["id"]
    carol = str(world.carol.context.participant_id)
    tag = admin.get(f"/customers/{made}").headers["ETag"]
    placed = tagged(admin, "PUT", f"/customers/{made}/place", {"owner_id": carol, "unit_id": unit}, tag=tag)
    assert (placed.json["owner_id"], placed.json["unit_id"]) == (carol, unit)
    dan = str(world.dan.context.participant_id)
    tag = placed.headers["ETag"]
    refused = tagged(admin, "PUT", f"/customers/{made}/place", {"owner_id": dan, "unit_id": None}, tag=tag)
    assert refused.status_code == 422


def test_a_provider_lists_its_own_people_only(api, world) -> None:
    bob = api(world.bob)
    rows = bob.get("/people").json["data"]
    assert {row["shown_name"] for row in rows} == {"Bob", "Dan"}
    assert bob.get(f"/people/{world.carol.context.participant_id}").status_code == 404
