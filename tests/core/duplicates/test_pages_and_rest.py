"""Duplicates on pages and over REST: warn before a customer is made twice, review, merge, undo; nothing of it for a provider."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.db import scope
from core.testing.people import make_world

LI = {"name": "李国强", "born_on": "1985-06-01", "phone": "13811112222"}


@pytest.fixture(scope="module")
def house(app: Any) -> Any:
    return make_world(app)


def test_over_rest_from_the_warning_to_the_undo(api: Any, house: Any) -> None:
    alice = api(house.alice)
    first = alice.post("/customers", LI).json
    refused = alice.post("/customers", {**LI, "name": "李国墙"})
    assert refused.status_code == 409
    assert refused.json["code"] == "possible_duplicate"
    match = refused.json["matches"][0]
    assert (match["customer_id"], match["same"]) == (first["id"], ["born_on", "phone"])
    second = alice.post("/customers", {**LI, "name": "李国墙", "despite_matches": "Twins"})
    assert second.status_code == 201, second.text

    pairs = alice.get("/duplicates").json["data"]
    assert [(pair["note"], pair["source"]) for pair in pairs] == [("Twins", "create")]
    assert pairs[0]["weight"] == pytest.approx(pairs[0]["weight"])
    decided = alice.post(f"/duplicates/{pairs[0]['id']}/decision", {"decision": "not_duplicate"})
    assert decided.json["state"] == "not_duplicate"
    assert alice.get("/duplicates").json["data"] == []
    assert alice.post(f"/duplicates/{pairs[0]['id']}/decision", {"decision": "reopen"}).json["state"] == "open"

    made = alice.post("/duplicates/merges", {"survivor_id": first["id"], "customer_id": second.json["id"]})
    assert made.status_code == 201, made.text
    assert alice.get(f"/customers/{second.json['id']}").json["id"] == first["id"], (
        "a merged id answers with its survivor"
    )
    again = alice.post("/duplicates/merges", {"survivor_id": first["id"], "customer_id": second.json["id"]})
    assert again.status_code == 409
    assert alice.post(f"/duplicates/merges/{made.json['id']}/undo", {}).json["state"] == "undone"
    assert alice.get(f"/customers/{second.json['id']}").json["id"] == second.json["id"]
    assert api(house.bob).get("/duplicates").status_code == 403


def test_on_pages_from_the_form_to_the_undo(session: Any, sign_in: Any, house: Any) -> None:
    alice = sign_in(house.alice)
    alice.client.set_cookie("lang", "en")
    zhao = {"name": "赵敏", "kind": "person", "phone": "13833334444", "email": "min@example.com"}
    first = alice.post("/customers/new", data=zhao).location.rpartition("/")[2]
    warned = alice.post("/customers/new", data=zhao)
    assert warned.status_code == 409
    assert "This customer may exist already" in warned.text
    assert f"/customers/{first}" in warned.text
    second = alice.post("/customers/new", data={**zhao, "despite": "Another branch entered her"}).location.rpartition(
        "/"
    )[2]

    queue = alice.get("/duplicates").text
    assert "赵敏" in queue
    assert "This may be the same customer as" in alice.get(f"/customers/{first}").text
    address = f"/duplicates/{first}/with/{second}"
    page = alice.get(address)
    assert "Another branch entered her" in page.text
    assert "Very likely one customer" in page.text
    pair = next(part for part in queue.split('"') if "/duplicates/" in part and len(part.rpartition("/")[2]) == 36)
    assert alice.get("/duplicates/" + pair.rpartition("/")[2]).status_code == 200

    scope.enter(session, house.alice.context)
    looks = select(AuditEntry.subject_id).where(AuditEntry.action == "customer.read")
    assert {str(each) for each in session.scalars(looks)} >= {first, second}, "a comparison is a look at both"
    session.rollback()
    stale = alice.post(address, data={"survivor_version": "99", "merged_version": "1"})
    assert stale.status_code == 412
    merged = alice.post(
        address, data={"survivor_version": "1", "merged_version": "1", "take.email": "ours", "reason": "One"}
    )
    assert merged.status_code == 303, merged.text
    led = alice.get(f"/customers/{second}")
    assert (led.status_code, led.location.rpartition("/")[2]) == (303, first)
    done = "/duplicates/merges/" + merged.location.rpartition("/")[2]
    assert "Undo the merge" in alice.get(done).text
    assert alice.post(done + "/undo").status_code == 303
    assert "Two customers again" in alice.get(done).text
    assert alice.get(f"/customers/{second}").status_code == 200
    assert sign_in(house.bob).get("/duplicates").status_code == 403
