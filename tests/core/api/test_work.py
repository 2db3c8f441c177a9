"""A provider's program at work: ask the gate, record the contact, move a case. And what it is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NOON = "2027-03-03T04:00:00Z"
"""Twelve o'clock in Shanghai, a Wednesday."""


@pytest.fixture
def dan(api, world):
    return api(world.dan)


def test_a_denied_contact_is_answered_with_the_article_and_kept(dan, make_customer, session, world, acting):
    from core.gate.models import GateDecision

    question = {"customer_id": str(make_customer(consent=None)), "purpose": "marketing", "channel": "phone", "at": NOON}
    answer = dan.post("/gate/decisions", question)
    assert answer.status_code == 201, answer.text
    decision = answer.json
    assert decision["verdict"] == "deny"
    denying = [reason for reason in decision["reasons"] if reason["verdict"] == "deny"]
    assert denying
    assert denying[0]["citation"]
    assert denying[0]["text"].keys() == {"zh-CN", "en"}

    acting(world.alice)
    assert session.query(GateDecision).one().number == decision["number"]


def test_an_allowed_contact_is_recorded_on_its_decision_once(dan, make_customer):
    customer_id = str(make_customer(consent="granted"))
    now = datetime.now(UTC).isoformat()
    question = {"customer_id": customer_id, "purpose": "service", "channel": "phone"}
    decision = dan.post("/gate/decisions", question).json
    assert decision["verdict"] == "allow", decision
    contact = {
        "customer_id": customer_id, "channel": "phone", "direction": "outbound", "purpose": "service",
        "disposition": "connected_right_party", "started_at": now, "talk_s": 61, "gate_decision_id": decision["id"],
        "note": "Call back on 13912341369",
    }  # fmt: skip
    made = dan.post("/interactions", contact)
    assert made.status_code == 201, made.text
    assert made.json["ungated"] is False
    assert "13912341369" not in made.text
    assert dan.post("/interactions", contact).status_code == 409


def test_an_inbound_contact_needs_no_decision(dan, make_customer):
    contact = {
        "customer_id": str(make_customer()), "channel": "phone", "direction": "inbound", "purpose": "service",
        "disposition": "connected_right_party", "started_at": datetime.now(UTC).isoformat(), "talk_s": 61,
    }  # fmt: skip
    made = dan.post("/interactions", contact)
    assert made.status_code == 201, made.text
    assert (made.json["ungated"], made.json["talk_s"], made.json["party"]) == (False, 61, "provider")

    wrong = dan.post("/interactions", {**contact, "channel": "pigeon", "talk_s": -1, "started_at": "2027-01-31"})
    assert {each["pointer"] for each in wrong.json["errors"]} >= {"/channel", "/started_at"}


def test_what_is_not_leased_does_not_exist(dan, make_customer):
    customer_id = str(make_customer(leased=False))
    question = {"customer_id": customer_id, "purpose": "service", "channel": "phone"}
    assert dan.post("/gate/decisions", question).status_code == 404
    assert dan.post("/cases", {"customer_id": customer_id, "workflow": "telecom.retention"}).status_code == 404


def test_a_case_is_opened_and_moved_to_its_end(dan, api, world, make_customer):
    customer_id = str(make_customer())
    opened = dan.post(
        "/cases", {"customer_id": customer_id, "workflow": "telecom.retention", "title": "Ring 13912341369"}
    )
    assert opened.status_code == 201, opened.text
    assert (opened.json["state"], opened.json["workflow_version"]) == ("scored", 1)
    assert "13912341369" not in opened.text
    path = f"/cases/{opened.json['id']}"
    assert dan.get(opened.headers["Location"]).json == dan.get(path).json == opened.json

    missing = step(dan, path, opened.headers["ETag"], "offer")
    assert [each["pointer"] for each in missing.json["errors"]] == ["/attributes/telecom/offer"]
    offered = step(dan, path, opened.headers["ETag"], "offer", attributes={"telecom": {"offer": offer(dan)}})
    assert offered.status_code == 201, offered.text
    assert offered.json["state"] == "offered"
    assert offered.json["attributes"]["telecom"]["offer"]
    assert step(dan, path, opened.headers["ETag"], "accept").status_code == 412
    assert step(dan, path, None, "accept").status_code == 428
    assert step(dan, path, offered.headers["ETag"], "fulfil").status_code == 409

    listed = dan.get(f"/cases?customer_id={customer_id}&open=true").json
    assert [row["id"] for row in listed["data"]] == [opened.json["id"]]
    assert dan.get("/cases?state=scored").json["data"] == []
    seen = api(world.carol).get(path).json
    assert seen["title"] == "Ring 13912341369"


def step(caller, path, etag, transition, **body):
    headers = {"If-Match": etag} if etag else {}
    return caller("POST", f"{path}/steps", json={"transition": transition, **body}, headers=headers)


def offer(caller) -> str:
    """A choice that the description lists."""
    schemas = caller.get("/openapi.json").json["components"]["schemas"]
    return str(schemas["TelecomCaseAttributes"]["properties"]["offer"]["enum"][0])


def test_the_client_lists_and_switches_verticals(api, world):
    alice = api(world.alice)
    [telecom] = [row for row in alice.get("/verticals").json["data"] if row["key"] == "telecom"]
    assert telecom["enabled"] is True
    assert alice.get("/verticals/telecom").json == telecom
    assert alice.put("/verticals/nothing", {"enabled": True}).status_code == 404
    assert alice.put("/verticals/telecom", {"enabled": "yes"}).status_code == 422
    assert api(world.carol).put("/verticals/telecom", {"enabled": False}).status_code == 403
    assert api(world.dan).get("/verticals").status_code == 403
