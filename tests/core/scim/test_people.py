"""A directory names people, ends and brings back their access, and groups say what they may do; only ever in its own tenant."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.db import scope
from core.identity import people
from core.identity.models import Participant, RoleAssignment
from core.scim import service
from core.scim.models import ScimGroup
from tests.core.scim.conftest import PATCH, USER

END = {"op": "replace", "path": "active", "value": False}


@pytest.fixture
def held(session: Any, world: Any) -> Any:
    """Name, whether they have access, and roles in force of everybody in the tenant whom the directory has named."""

    def ask(name: str) -> tuple[bool, list[str]]:
        session.rollback()
        scope.enter(session, world.alice.context)
        person = session.scalar(select(Participant).where(Participant.shown_name == name))
        assert person is not None
        roles = sorted(row.role for row in people.in_force(session, participant_id=person.id))
        there = person.ended_at is None
        session.rollback()
        return there, roles

    return ask


def test_a_person_is_added_ended_and_brought_back(directory: Any, held: Any) -> None:
    made = directory.add("li", displayName="李娜")
    assert held("李娜") == (True, ["agent"])
    assert directory.patch(f"/Users/{made['id']}", END).status_code == 204
    assert directory.ask("GET", f"/Users/{made['id']}").json["active"] is False
    assert held("李娜") == (False, [])
    assert directory.patch(f"/Users/{made['id']}", {**END, "value": True}).status_code == 204
    assert held("李娜") == (True, ["agent"])
    assert directory.ask("DELETE", f"/Users/{made['id']}").status_code == 204
    assert held("李娜") == (False, [])
    assert directory.ask("GET", f"/Users/{made['id']}").status_code == 404


def test_groups_give_roles_that_people_of_the_tenant_chose(directory: Any, held: Any, session: Any, world: Any) -> None:
    li, wang = directory.add("li", displayName="李娜"), directory.add("wang", displayName="王磊")
    group = directory.group("质检", li["id"])
    assert held("李娜") == (True, ["agent"])
    scope.enter(session, world.alice.context)
    row = session.scalar(select(ScimGroup))
    service.set_group_roles(session, context=world.alice.context, group_id=row.id, roles=["client_manager"])
    session.commit()
    assert held("李娜") == (True, ["agent", "client_manager"])
    directory.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": wang["id"]}]})
    assert held("王磊") == (True, ["agent", "client_manager"])
    directory.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{li["id"]}"]'})
    assert held("李娜") == (True, ["agent"])
    assert directory.ask("GET", f"/Users/{wang['id']}").json["groups"] == [{"value": group["id"], "display": "质检"}]
    directory.ask("DELETE", f"/Groups/{group['id']}")
    assert held("王磊") == (True, ["agent"])


def test_roles_that_were_given_by_hand_stay(directory: Any, held: Any, session: Any, world: Any) -> None:
    made = directory.add("li", displayName="李娜")
    scope.enter(session, world.alice.context)
    person = session.scalar(select(Participant).where(Participant.shown_name == "李娜"))
    grants = [people.usual(each, "client") for each in ("agent", "client_manager")]
    people.set_roles(session, context=world.alice.context, participant_id=person.id, grants=grants)
    session.commit()
    directory.patch(f"/Users/{made['id']}", {"op": "replace", "path": "displayName", "value": "李娜娜"})
    assert held("李娜娜") == (True, ["agent", "client_manager"])


def test_an_address_in_a_domain_that_is_not_proved_is_refused_and_kept_as_evidence(
    directory: Any, session: Any, world: Any
) -> None:
    answer = directory.ask("POST", "/Users", {"schemas": [USER], "userName": "x@other.example"})
    assert answer.status_code == 400
    assert "other.example is not a proved domain" in answer.json["detail"]
    scope.enter(session, world.alice.context)
    kept = session.scalars(select(AuditEntry).where(AuditEntry.action == "scim.changed")).all()
    assert [(each.outcome, "not a proved domain" in (each.reason or "")) for each in kept] == [("denied", True)]


def test_the_last_administrator_stays_whatever_the_directory_says(directory: Any, session: Any, world: Any) -> None:
    """It names Alice, who is here by hand, and would end her access."""
    scope.enter(session, world.alice.context)
    alice = world.alice.context.participant_id
    rows = session.scalars(select(RoleAssignment.participant_id).where(RoleAssignment.role == "client_admin")).all()
    assert rows == [alice]
    session.rollback()
    made = directory.add("boss", displayName="Boss")
    session.rollback()
    scope.enter(session, world.alice.context)
    row = session.scalar(select(service.ScimUser))
    row.participant_id = alice  # as if she had been named by her own address
    session.commit()
    answer = directory.patch(f"/Users/{made['id']}", END)
    assert answer.status_code == 409
    assert "administrator" in answer.json["detail"]
    assert directory.ask("DELETE", f"/Users/{made['id']}").status_code == 409
    scope.enter(session, world.alice.context)
    assert session.scalar(select(Participant.ended_at).where(Participant.id == alice)) is None
    reasons = session.scalars(select(AuditEntry.reason).where(AuditEntry.action == "scim.changed")).all()
    assert len(reasons) == 2


def test_a_user_name_names_one_person_and_is_found_by_it(directory: Any) -> None:
    made = directory.add("li", externalId="e-1")
    again = directory.ask("POST", "/Users", {"schemas": made["schemas"], "userName": directory.address("LI")})
    assert (again.status_code, again.json["scimType"]) == (409, "uniqueness")
    for wanted in (f'userName eq "{directory.address("Li")}"', 'externalId eq "e-1"'):
        found = directory.ask("GET", f"/Users?filter={wanted}").json
        assert (found["totalResults"], found["Resources"][0]["id"]) == (1, made["id"])
    assert directory.ask("GET", '/Users?filter=userName eq "nobody@nowhere.example"').json["totalResults"] == 0


def test_a_directory_sees_and_changes_nothing_of_another_one_nor_of_another_tenant(
    app: Any, directory: Any, session: Any, world: Any
) -> None:
    made = directory.add("li")
    scope.enter(session, world.alice.context)
    _, token = service.add_client(session, context=world.alice.context, name="Okta", roles=[], days=30)
    session.commit()
    stranger = type(directory)(app.test_client(), token, directory.domain)
    unknown = made["id"][:-4] + "0000"
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        body = {"schemas": made["schemas"], "userName": directory.address("li")} if method == "PUT" else None
        if method == "PATCH":
            body = {"schemas": [PATCH], "Operations": [END]}
        one, other = (stranger.ask(method, f"/Users/{each}", body) for each in (made["id"], unknown))
        assert (one.status_code, one.data) == (404, other.data)
    assert stranger.ask("GET", "/Users").json["totalResults"] == 0


def test_a_revoked_token_opens_nothing_from_the_next_request_on(directory: Any, session: Any, world: Any) -> None:
    assert directory.ask("GET", "/Users").status_code == 200
    scope.enter(session, world.alice.context)
    (client,) = service.clients(session)
    service.revoke_client(session, context=world.alice.context, client_id=client.id)
    session.commit()
    assert directory.ask("GET", "/Users").status_code == 401


def test_what_kehub_has_no_use_for_is_dropped(directory: Any, session: Any, world: Any) -> None:
    directory.add("li", phoneNumbers=[{"value": "13800138000"}], title="经理", nickName="阿娜")
    scope.enter(session, world.alice.context)
    assert session.scalar(select(service.ScimUser.data)) == {"user_name": directory.address("li")}


def test_a_change_of_what_has_changed_meanwhile_is_refused(directory: Any) -> None:
    made = directory.add("li")
    directory.patch(f"/Users/{made['id']}", {"op": "replace", "path": "displayName", "value": "新"})
    stale = directory.ask(
        "PUT", f"/Users/{made['id']}", {"schemas": made["schemas"], "userName": made["userName"]},
        **{"If-Match": made["meta"]["version"]},
    )  # fmt: skip
    assert stale.status_code == 412
