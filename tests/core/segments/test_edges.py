"""Segments and grades as people and programs meet them: pages, REST, and what a provider is not told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.identity import service as identity

RICH = {"op": "ge", "field": "telecom.monthly_charge", "value": 10_000}


@pytest.fixture
def rest(app, session, world, acting):
    """`call(person, method, path, ...)` with a token of theirs that has all they have."""

    def call(person, method, path, *, json=None, version=None):
        acting(world.alice)
        token = identity.issue_token(
            session, participant_id=person.context.participant_id, name="test",
            scopes=sorted(person.context.permissions), days=1,
        )[1]  # fmt: skip
        session.commit()
        headers = {"Authorization": f"Bearer {token}", **({"If-Match": f'"{version}"'} if version else {})}
        return app.test_client().open(f"/api/v1{path}", method=method, json=json, headers=headers)

    return call


def test_a_segment_is_made_counted_changed_and_archived_over_rest(world, charged, rest):
    charged(5_000, 15_000)
    made = rest(
        world.alice, "POST", "/segments", json={"name": "Rich", "mode": "live", "condition": RICH, "key": "rich"}
    )
    assert made.status_code == 201, made.text
    assert made.json["key"] == "own.rich"
    assert made.json["faults"] == []
    assert rest(world.alice, "POST", "/segments/count", json={"condition": RICH}).json == {"count": 1, "capped": False}
    members = rest(world.alice, "GET", "/segments/own.rich/members").json
    assert len(members["data"]) == 1
    changed = rest(world.alice, "PATCH", "/segments/own.rich", json={"name": "Richer"}, version=made.json["version"])
    assert changed.json["name"] == "Richer"
    stale = rest(world.alice, "PATCH", "/segments/own.rich", json={"name": "Late"}, version=made.json["version"])
    assert stale.status_code == 412
    put_away = rest(
        world.alice, "PATCH", "/segments/own.rich", json={"state": "archived"}, version=changed.json["version"]
    )
    assert put_away.json["state"] == "archived"
    assert rest(world.alice, "GET", "/segments/own.rich/members").status_code == 409
    overlap = rest(world.alice, "GET", "/segments/overlap?a=telecom.at_risk&b=telecom.at_risk")
    assert overlap.json["only_a"] == overlap.json["only_b"] == 0


def test_a_wrong_condition_is_told_at_its_place(world, rest):
    wrong = {"op": "eq", "field": "own.nothing", "value": 1}
    answer = rest(world.alice, "POST", "/segments", json={"name": "X", "mode": "live", "condition": wrong})
    assert answer.status_code == 422
    assert "own.nothing" in answer.text


@pytest.mark.parametrize("path", ["/segments", "/segments/telecom.at_risk", "/grade-schemes"])
def test_a_provider_is_told_nothing_of_segments_and_grades(world, rest, path):
    assert rest(world.bob, "GET", path).status_code == 403


def test_the_pages_make_show_and_compare_segments(world, sign_in, charged, session):
    charged(5_000, 15_000)
    session.rollback()
    alice = sign_in(world.alice)
    form = {
        "name": "By form", "mode": "live", "key": "by_form", "c.group": "all", "c.0.field": "telecom.monthly_charge",
        "c.0.op": "ge", "c.0.value": "100",
    }  # fmt: skip
    assert "1" in alice.post("/segments/new", data={**form, "act": "count"}).text
    assert alice.post("/segments/new", data=form).status_code == 303
    page = alice.get("/segments/own.by_form").text
    assert re.search(r"<dt>[^<]*</dt><dd><b>\d", page)
    assert alice.get("/segments/overlap?a=own.by_form&b=telecom.at_risk").status_code == 200
    assert alice.get("/customers?segment=own.by_form").status_code == 200
    assert alice.post("/segments/new", data={**form, "name": ""}).status_code == 422
    assert alice.get("/segments/own.never").status_code == 404
    session.rollback()
    assert sign_in(world.bob).get("/segments").status_code == 403


def test_a_scheme_is_drafted_and_what_is_wrong_stands_at_its_row(world, sign_in, session):
    session.rollback()
    alice = sign_in(world.alice)
    made = alice.post("/grades/new").headers["Location"]
    edit = "/" + made.split("/t/")[1].split("/", 1)[1]
    page = alice.get(edit).text
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    form = {
        "version": version, "name": "P", "field": "telecom.monthly_charge", "basis": "percentile", "period": "month",
        "promote_after": "2", "demote_after": "3", "g0.zh": "甲", "g0.en": "A", "g0.cut": "1", "g1.zh": "乙", "g1.en": "",
    }  # fmt: skip
    wrong = alice.post(edit, data=form)
    assert wrong.status_code == 422
    assert 'id="g1-e"' in wrong.text
    assert alice.post(edit, data={**form, "g1.en": "B"}).status_code == 303
    assert alice.get(edit.removesuffix("/edit")).status_code == 200


def test_a_scheme_is_drafted_changed_simulated_and_goes_live_over_rest(world, charged, rest):
    charged(*range(1_000, 11_000, 1_000))  # beside the four of the tests before
    made = rest(world.alice, "POST", "/grade-schemes", json={"name": "By charge"})
    assert made.status_code == 201, made.text
    path, drafted = f"/grade-schemes/{made.json['id']}", made.json
    assert (drafted["state"], drafted["simulation"], len(drafted["grades"])) == ("draft", None, 4)
    two = [{"label": {"zh-CN": "甲", "en": "A"}, "cut": 2_000, "treatment": {"priority": 1}},
           {"label": {"zh-CN": "乙", "en": "B"}}]  # fmt: skip
    asked = {"field": "telecom.monthly_charge", "grades": two, "second_person": False}
    assert rest(world.alice, "PATCH", path, json=asked).status_code == 428
    changed = rest(world.alice, "PATCH", path, json=asked, version=drafted["version"])
    assert changed.status_code == 200, changed.text
    assert [(each["key"], each["cut"]) for each in changed.json["grades"]] == [("A", 2_000), ("B", 10_000)]
    assert changed.json["name"] == "By charge", "what is not named stays"
    late = rest(world.alice, "PATCH", path, json={"name": "Late"}, version=drafted["version"])
    assert late.status_code == 412
    wrong = rest(world.alice, "PATCH", path, json={"promote_after": 99}, version=changed.json["version"])
    assert [each["pointer"] for each in wrong.json["errors"]] == ["/promote_after"]
    version = changed.json["version"]
    assert rest(world.alice, "POST", f"{path}/activate", version=version).status_code == 409, "nobody has looked at it"
    tried = rest(world.alice, "POST", f"{path}/simulate", version=version)
    assert tried.status_code == 201, tried.text
    assert [each["count"] for each in tried.json["simulation"]["grades"]] == [3, 11], "those of other tests too"
    live = rest(world.alice, "POST", f"{path}/activate", version=tried.json["version"])
    assert live.json == {"state": "live", "approval_id": None}
    now = rest(world.alice, "GET", path)
    assert (now.json["state"], now.headers["ETag"]) == ("live", f'"{now.json["version"]}"')
    copy = rest(world.alice, "POST", f"{path}/copy")
    assert (copy.json["state"], copy.json["grades"]) == ("draft", now.json["grades"])
    assert copy.json["second_person"] is False
    ended = rest(world.alice, "POST", f"{path}/retire", version=now.json["version"])
    assert ended.json["state"] == "retired"
    first = rest(world.alice, "GET", "/grade-schemes?limit=1").json
    assert [each["id"] for each in first["data"]] == [copy.json["id"]]
    rest_of = rest(world.alice, "GET", f"/grade-schemes?limit=1&after={first['next']}").json
    assert [each["id"] for each in rest_of["data"]] == [drafted["id"]]
    assert rest(world.bob, "GET", path).status_code == 403
    assert rest(world.bob, "PATCH", path, json={"name": "Ours"}, version=ended.json["version"]).status_code == 403


def test_a_scheme_that_needs_a_second_person_says_whom_to_wait_for(world, charged, rest):
    charged(1_000, 2_000)
    made = rest(world.alice, "POST", "/grade-schemes", json={"name": "Two", "field": "telecom.monthly_charge"})
    path = f"/grade-schemes/{made.json['id']}"
    tried = rest(world.alice, "POST", f"{path}/simulate", version=made.json["version"])
    asked = rest(world.alice, "POST", f"{path}/activate", version=tried.json["version"])
    assert asked.json["state"] == "draft"
    assert rest(world.alice, "GET", f"/approvals/{asked.json['approval_id']}").json["state"] == "requested"


def test_a_grade_is_set_by_hand_over_rest_with_a_reason_and_an_end(world, charged, rest):
    (customer,) = charged(1_000)
    made = rest(world.alice, "POST", "/grade-schemes", json={"name": "G", "field": "telecom.monthly_charge"})
    path = f"/grade-schemes/{made.json['id']}"
    changed = rest(world.alice, "PATCH", path, json={"second_person": False}, version=made.json["version"])
    tried = rest(world.alice, "POST", f"{path}/simulate", version=changed.json["version"])
    rest(world.alice, "POST", f"{path}/activate", version=tried.json["version"])
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    grade = f"/customers/{customer}/grade"
    none = rest(world.alice, "PUT", grade, json={"grade": "Z", "reason": "asked", "until": until})
    assert [each["pointer"] for each in none.json["errors"]] == ["/grade"]
    held = rest(world.alice, "PUT", grade, json={"grade": "A", "reason": "asked", "until": until})
    assert held.status_code == 200, held.text
    assert (held.json["grade"], held.json["history"][0]["reason"]) == ("A", "asked")
    assert rest(world.alice, "GET", grade).json["grade"] == "A"
    assert rest(world.bob, "PUT", grade, json={"grade": "A", "reason": "asked", "until": until}).status_code == 403
    assert rest(world.alice, "GET", f"/customers/{world.tenant_id}/grade").status_code == 404
