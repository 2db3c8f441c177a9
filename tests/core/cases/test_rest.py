"""Cases over REST: assign, change, comment, and an act on many, with what each is refused."""

from __future__ import annotations

from contextvars import Context as Apart

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.cases import bulk, details
from core.cases.models import Case
from core.testing.jobs import work_off

NUMBER = "13912341369"


@pytest.fixture
def bob(api, world):
    return api(world.bob)


@pytest.fixture
def opened(bob, make_customer):
    def make():
        made = bob.post("/cases", {"customer_id": str(make_customer()), "workflow": "telecom.retention"})
        assert made.status_code == 201, made.text
        return made.json

    return make


def at(case):
    return {"If-Match": f'"{case["version"]}"'}


def test_a_case_is_assigned_changed_and_found_by_who_has_it(bob, world, opened):
    case = opened()
    dan = str(world.dan.context.participant_id)
    path = f"/cases/{case['id']}"
    given = bob("PUT", f"{path}/assignee", json={"assignee_id": dan}, headers=at(case))
    assert (given.status_code, given.json["assignee_id"]) == (200, dan)
    late = bob("PATCH", path, json={"severity": "urgent"}, headers=at(case))
    assert late.status_code == 412
    patch = {"Content-Type": "application/merge-patch+json", **at(given.json)}
    assert bob("PATCH", path, json={"severity": "urgent"}, headers=patch).json["severity"] == "urgent"
    found = bob.get(f"/cases?assignee={dan}&severity=urgent&open=true").json["data"]
    assert [each["id"] for each in found] == [case["id"]]
    assert bob.get("/cases?assignee=none").json["data"] == []
    assert bob.get("/cases?severity=boring").status_code == 422


def test_a_comment_is_read_masked_by_the_provider_and_in_clear_by_the_client(api, world, opened):
    case = opened()
    carol, dan = api(world.carol), api(world.dan)
    path = f"/cases/{case['id']}/comments"
    said = carol.post(path, {"body": f"Call her on {NUMBER}", "audience": "shared"})
    assert said.status_code == 201, said.text
    assert carol.post(path, {"body": "just us"}).json["audience"] == "internal"
    assert NUMBER not in dan.get(path).text
    assert [each["audience"] for each in dan.get(path).json["data"]] == ["shared"]
    assert len(carol.get(path).json["data"]) == 2


def test_many_cases_are_tried_first_and_changed_when_started(bob, world, opened):
    cases = [opened(), opened()]
    act = {"kind": "assign", "assignee_id": str(world.dan.context.participant_id)}
    made = bob.post("/case-bulks", {"case_ids": [each["id"] for each in cases], "act": act})
    assert made.status_code == 201, made.text
    assert (made.json["phase"], made.json["counts"]["possible"]) == ("checked", 2)
    assert bob.get(f"/cases/{cases[0]['id']}").json["assignee_id"] is None
    rows = bob.get(f"/case-bulks/{made.json['id']}/rows").json["data"]
    assert {each["outcome"] for each in rows} == {"possible"}
    started = bob("POST", f"/case-bulks/{made.json['id']}/start", headers=at(made.json))
    assert (started.status_code, started.json["state"]) == (201, "running")


def test_an_agent_acts_on_one_case_at_a_time(api, world, opened):
    case = opened()
    act = {"kind": "severity", "severity": "high"}
    assert api(world.dan).post("/case-bulks", {"case_ids": [case["id"]], "act": act}).status_code == 403


def test_a_step_that_needs_nobody_is_not_asked_for(bob, opened):
    case = opened()
    body = {"transition": "refuse", "attributes": {"telecom": {"refusal_reason": "price"}}}
    asked = bob("POST", f"/cases/{case['id']}/approvals", json=body, headers=at(case))
    assert (asked.status_code, asked.json["code"]) == (409, "conflict")


def test_a_token_does_by_a_job_no_more_than_by_itself(app, session, world, acting, api, opened, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", -1)  # the trial goes on in the job, which knows the person and not the token
    monkeypatch.setattr(bulk, "BATCH", 1)
    few, ids = api(world.bob, scopes=["case.read", "case.assign"]), [opened()["id"], opened()["id"]]
    made = few.post("/case-bulks", {"case_ids": ids, "act": {"kind": "severity", "severity": "urgent"}})
    assert made.status_code == 201, made.text
    Apart().run(work_off, app, tenant_id=world.tenant_id)
    path = f"/case-bulks/{made.json['id']}"
    tried = few.get(path)
    assert (tried.json["phase"], tried.json["counts"]["refused"]) == ("checked", 2)
    few("POST", f"{path}/start", headers={"If-Match": tried.headers["ETag"]})
    Apart().run(work_off, app, tenant_id=world.tenant_id)
    acting(world.alice)
    assert set(session.scalars(select(Case.severity))) == {"normal"}


def test_what_cannot_be_stored_is_refused_in_words(bob, opened):
    case = opened()
    comment = bob.post(f"/cases/{case['id']}/comments", {"audience": "internal", "body": "a\0b"})
    assert (comment.status_code, comment.json["code"]) == (422, "invalid")
    huge = "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAsICJhOWQwZDA5MS03Y2Y4LTRhYWUtOTcwYy0wYzA5ODc0YmQ0NjkiXQ"
    for address in (f"/records?type=telecom.line&sort=number&after={huge}", f"/customers?sort=number&after={huge}"):
        assert bob.get(address).status_code == 422
    past = {"customer_id": case["customer_id"], "channel": "phone", "direction": "inbound", "purpose": "service",
            "disposition": "connected", "started_at": "0001-01-01T00:00:00+23:00"}  # fmt: skip
    assert bob.post("/interactions", past).status_code == 422


def test_of_two_at_the_same_moment_the_second_is_told(bob, opened, monkeypatch):
    def collide(*_, **__):
        raise IntegrityError("INSERT", {}, UniqueViolation())

    case = opened()
    monkeypatch.setattr(details, "comment", collide)
    answer = bob.post(f"/cases/{case['id']}/comments", {"audience": "internal", "body": "a"})
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
