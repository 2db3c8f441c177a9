"""What persons ask by their rights: registered with a deadline, answered by who checked who asks, erased by two people."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.db import scope
from core.privacy.rights_models import RightsRequest

PERSON = {"kind": "person", "name": "Wang Xiulan", "phone": "+8613912345678", "address": "=cmd|calc"}


@pytest.fixture
def customer_id(api: Any, world: Any) -> str:
    made = api(world.alice).post("/customers", PERSON)
    assert made.status_code == 201, made.text
    return str(made.json["id"])


def registered(page: Any, customer_id: str, kind: str, **more: str) -> Any:
    answer = page.post(f"/customers/{customer_id}/rights", data={"kind": kind, "via": "email", **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].removeprefix(f"/t/{page.workspace}")


def step(page: Any, api: Any, person: Any, place: str, act: str, **given: str) -> Any:
    version = api(person).get(f"/rights-requests/{place.rsplit('/', 1)[1]}").json["version"]
    return page.post(f"{place}/{act}", data={"version": version, **given})


def test_the_answer_is_due_thirty_days_after_the_person_asked_and_can_be_extended_once(
    in_english: Any, api: Any, world: Any, customer_id: str
) -> None:
    alice = in_english(world.alice)
    day = date.today() - timedelta(days=10)  # noqa: DTZ011 - far enough from any midnight
    place = registered(alice, customer_id, "access", asked_on=day.isoformat())
    shown = api(world.alice).get(f"/rights-requests/{place.rsplit('/', 1)[1]}").json
    assert shown["due_on"] == (day + timedelta(days=30)).isoformat()
    assert step(alice, api, world.alice, place, "extend", longer="").status_code == 422
    assert step(alice, api, world.alice, place, "extend", longer="Many records").status_code == 303
    assert step(alice, api, world.alice, place, "extend", longer="More").status_code == 409
    shown = api(world.alice).get(f"/rights-requests/{place.rsplit('/', 1)[1]}").json
    assert shown["due_on"] == (day + timedelta(days=90)).isoformat()


def test_nothing_is_given_before_somebody_noted_who_asks_and_the_package_holds_all_in_clear(
    in_english: Any, api: Any, world: Any, session: Any, customer_id: str
) -> None:
    alice = in_english(world.alice)
    place = registered(alice, customer_id, "access")
    assert step(alice, api, world.alice, place, "fulfil").status_code == 409
    assert step(alice, api, world.alice, place, "check", how="Called back").status_code == 303
    assert step(alice, api, world.alice, place, "fulfil").status_code == 303
    answer = alice.get(f"{place}/package")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        told = orjson.loads(archive.read("data.json"))
        table = archive.read("customer.csv").decode("utf-8-sig")
    assert told["data"]["customer"][0]["name"] == "Wang Xiulan"
    assert {"contact_point", "rights_request"} <= told["data"].keys()
    assert "'=cmd|calc" in table
    assert not {"tenant_id", "name_key", "data_key"} & told["data"]["customer"][0].keys()
    scope.enter(session, world.alice.context)
    taken = select(AuditEntry.action).where(AuditEntry.action == "rights_request.package_taken")
    assert len(session.scalars(taken).all()) == 1


def test_an_erasure_waits_for_a_second_person_and_is_done_in_their_decision(
    in_english: Any, api: Any, world: Any, session: Any, customer_id: str
) -> None:
    alice, carol = in_english(world.alice), api(world.carol)
    place = registered(alice, customer_id, "erasure")
    step(alice, api, world.alice, place, "check", how="Came with a passport")
    assert step(alice, api, world.alice, place, "fulfil", answer="Done as asked").status_code == 303
    scope.enter(session, world.alice.context)
    asked = session.scalars(select(RightsRequest.approval_id)).one()
    session.rollback()
    own = api(world.alice)
    etag = own.get(f"/approvals/{asked}").headers["ETag"]
    decision = {"approve": True}
    refused = own("POST", f"/approvals/{asked}/decision", json=decision, headers={"If-Match": etag})
    assert refused.status_code == 403
    assert carol("POST", f"/approvals/{asked}/decision", json=decision, headers={"If-Match": etag}).status_code in (
        403,
        404,
    )
    assert own.get(f"/customers/{customer_id}").json["name"] == "Wang Xiulan"
    second = world_dpo(session, world)
    done = api(second)("POST", f"/approvals/{asked}/decision", json=decision, headers={"If-Match": etag})
    assert done.status_code == 201, done.text
    shown = own.get(f"/customers/{customer_id}")
    assert "Wang" not in shown.text
    assert own.get(f"/rights-requests/{place.rsplit('/', 1)[1]}").json["result"]["customer"] == 1
    page = alice.get(place)
    assert "Fulfilled" in page.text
    assert alice.get(f"/customers/{customer_id}/rights").status_code == 200


def world_dpo(session: Any, world: Any) -> Any:
    """Somebody else who may approve erasures."""
    from dataclasses import replace

    from core.identity import people
    from core.identity import service as identity

    scope.enter(session, world.alice.context)
    address = f"dpo.{world.slug}@example.com"
    user_id = identity.create_user(session, address=address, name="Dora", password=None)
    row = people.add_participant(session, user_id=user_id, shown_name="Dora", roles=["dpo"], party="client")
    context = replace(
        world.carol.context,
        participant_id=row.id,
        user_id=user_id,
        permissions=frozenset({"rights.approve", "approval.read"}),
    )
    session.commit()
    return replace(world.carol, email=address, context=context)


def test_under_a_legal_hold_an_erasure_is_not_even_asked_for(
    in_english: Any, api: Any, world: Any, customer_id: str
) -> None:
    alice = in_english(world.alice)
    held = alice.post(f"/customers/{customer_id}/legal-hold", data={"on": "yes", "reason": "Case 12/2026"})
    assert held.status_code == 303
    place = registered(alice, customer_id, "erasure")
    step(alice, api, world.alice, place, "check", how="Known")
    answer = step(alice, api, world.alice, place, "fulfil")
    assert answer.status_code == 409
    assert "legal hold" in answer.text


def test_an_objection_ends_marketing_on_every_channel(in_english: Any, api: Any, world: Any, customer_id: str) -> None:
    alice = in_english(world.alice)
    place = registered(alice, customer_id, "objection")
    step(alice, api, world.alice, place, "check", how="Known voice")
    assert step(alice, api, world.alice, place, "fulfil").status_code == 303
    asked = {"customer_id": customer_id, "purpose": "marketing", "channel": "phone"}
    assert api(world.alice, scopes=None).post("/gate/decisions", asked).json.get("verdict") in ("deny", None)


def test_a_provider_sees_nothing_of_it(api: Any, world: Any) -> None:
    assert api(world.bob).get("/rights-requests").status_code == 403
