"""Customers over REST: both parties, versions, wrong input, pages of a list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text

from core.customers.models import Customer
from core.customers.queries import customer_page
from core.customers.rows import customer_rows
from core.db import driver, scope
from core.engagements import service as engagements
from core.testing.people import make_world

ZHANG = {
    "name": "张伟",
    "phone": "138 0013 8000",
    "email": "wei@example.com",
    "address": "上海市浦东新区世纪大道 100 号",
    "born_on": "1980-02-29",
    "attributes": {"telecom": {"plan": "5G 199", "monthly_charge": 19900, "gender": "female"}},
}
CLEAR = ("张伟", "13800138000", "wei@example.com", "世纪大道", "1980-02-29")


def added(caller, **values) -> dict:
    answer = caller.post("/customers", {**ZHANG, "despite_matches": "A namesake", **values})
    assert answer.status_code == 201, answer.text
    return answer.json


def lease(session, world, *numbers: int) -> None:
    scope.enter(session, world.alice.context)
    found = list(session.scalars(select(Customer.id).where(Customer.number.in_(numbers))))
    engagements.lease_customers(
        session, context=world.alice.context, engagement_id=world.engagement_id, customer_ids=found,
        purpose="retention", expires_at=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    session.commit()


def pointers(answer) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    assert answer.mimetype == "application/problem+json"
    return {each["pointer"]: each["code"] for each in answer.json["errors"]}


def test_a_customer_is_added_and_read_again(api, world):
    alice = api(world.alice)
    made = alice.post("/customers", ZHANG)
    assert made.status_code == 201, made.text
    assert made.headers["ETag"] == '"1"'
    assert made.headers["Location"] == f"/api/v1/customers/{made.json['id']}"
    assert made.json["phone"] == "+8613800138000"
    assert made.json["created_at"].endswith("Z")
    assert made.json["attributes"]["telecom"]["monthly_charge"] == 19900

    read = alice.get(made.headers["Location"])
    assert read.json == made.json
    assert alice.get(made.headers["Location"], headers={"If-None-Match": made.headers["ETag"]}).status_code == 304
    assert alice.get("/customers").json["data"] == [made.json]


def test_another_tenants_customer_does_not_exist(api, app: Flask, world):
    made = added(api(world.alice))
    stranger = api(make_world(app).alice)
    path = f"/customers/{made['id']}"
    assert stranger.get(path).status_code == stranger.get(f"{path}/timeline").status_code == 404
    assert stranger.patch(path, {"grade": "A"}, etag='"1"').status_code == 404
    assert stranger.get("/customers").json == {"data": [], "next": None}


def test_a_patch_changes_what_it_names(api, world):
    alice = api(world.alice)
    made = added(alice)
    changed = alice.patch(
        f"/customers/{made['id']}", {"grade": "A", "email": None, "attributes": {"telecom": {"plan": None}}}, etag='"1"'
    )
    assert changed.status_code == 200, changed.text
    assert changed.headers["ETag"] == '"2"'
    assert (changed.json["grade"], changed.json["email"], changed.json["phone"]) == ("A", None, "+8613800138000")
    assert changed.json["attributes"]["telecom"] == {"monthly_charge": 19900, "gender": "female"}


def test_a_patch_needs_the_version_it_is_based_on(api, world):
    alice = api(world.alice)
    path = f"/customers/{added(alice)['id']}"
    for etag in (None, "*"):
        missing = alice.patch(path, {"grade": "A"}, etag=etag)
        assert (missing.status_code, missing.json["code"]) == (428, "precondition_required")
    assert alice.patch(path, {"grade": "A"}, etag='"1"').status_code == 200
    for etag in ('"1"', '"x"', 'W/"2"', '""', '"", W/"x"', f'"{"9" * 5_000}"'):
        stale = alice.patch(path, {"grade": "B"}, etag=etag)
        assert (stale.status_code, stale.json["code"]) == (412, "stale")
    assert alice.get(path).json["grade"] == "A"


def test_every_wrong_value_is_told_with_its_place(api, world):
    answer = api(world.alice).post(
        "/customers",
        {
            "phone": 138,
            "nickname": "x",
            "attributes": {"telecom": {"plam": "x", "monthly_charge": "much"}, "banking": {}},
        },
    )
    assert pointers(answer) == {
        "/name": "required",
        "/phone": "type",
        "/nickname": "unknown",
        "/attributes/telecom/plam": "unknown",
        "/attributes/telecom/monthly_charge": "invalid",
        "/attributes/banking": "unknown",
    }
    assert api(world.alice).get("/customers").json["data"] == []


def test_what_only_the_service_knows_is_told_in_the_same_way(api, world):
    answer = api(world.alice).post("/customers", {"name": "张伟", "phone": "12", "born_on": "2999-01-01"})
    assert pointers(answer).keys() == {"/phone", "/born_on"}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b"[]", "application/json", 422),
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(api, world, body, kind, status):
    answer = api(world.alice)("POST", "/customers", data=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("sort=phone", "sort"), ("after=x", "after"),
        ("colour=red", "colour"), ("limit=1&limit=2", "limit"), ("state=gone", "state"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(api, world, query, parameter):
    answer = api(world.alice).get(f"/customers?{query}")
    assert answer.status_code == 422, answer.text
    assert [each["parameter"] for each in answer.json["errors"]] == [parameter]


def test_a_provider_sees_leased_customers_only_and_masked(api, session, world):
    alice = api(world.alice)
    first, second = added(alice), added(alice)
    lease(session, world, second["number"])
    dan = api(world.dan)

    listed = dan.get("/customers")
    assert [row["number"] for row in listed.json["data"]] == [second["number"]]
    shown = dan.get(f"/customers/{second['id']}")
    assert listed.json["data"] == [shown.json]
    assert shown.json["name"] == "张*"
    assert shown.json["phone"] == "138****8000"
    assert shown.json["attributes"]["telecom"]["gender"] == "****"
    assert shown.json["attributes"]["telecom"]["plan"] == "5G 199"
    for answer in (listed, shown, dan.get(f"/customers/{second['id']}/timeline")):
        assert answer.status_code == 200
        assert not [clear for clear in CLEAR if clear in answer.text]
    for path in (f"/customers/{first['id']}", f"/customers/{first['id']}/timeline"):
        assert dan.get(path).status_code == 404


def test_a_provider_adds_and_changes_nobody(api, world):
    made = added(api(world.alice))
    dan = api(world.dan, scopes=["customer.read", "customer.create", "customer.write"])
    assert dan.post("/customers", ZHANG).status_code == 403
    assert dan.patch(f"/customers/{made['id']}", {"grade": "A"}, etag='"1"').status_code == 403


def test_a_vertical_that_is_off_is_neither_shown_nor_taken(api, world):
    alice = api(world.alice)
    made = added(alice)
    assert alice.put("/verticals/telecom", {"enabled": False}).json["enabled"] is False
    assert alice.get(f"/customers/{made['id']}").json["attributes"] == {}
    assert alice.get("/customers").json["data"][0]["attributes"] == {}
    refused = alice.patch(f"/customers/{made['id']}", {"attributes": {"telecom": {"plan": "x"}}}, etag='"1"')
    assert pointers(refused) == {"/attributes/telecom": "unknown"}

    assert alice.put("/verticals/telecom", {"enabled": True}).json["enabled"] is True
    assert alice.get(f"/customers/{made['id']}").json["attributes"] == made["attributes"]


def test_the_timeline_tells_what_was_done(api, world):
    alice = api(world.alice)
    made = added(alice)
    alice.patch(f"/customers/{made['id']}", {"grade": "A"}, etag='"1"')
    told = alice.get(f"/customers/{made['id']}/timeline?limit=1").json
    assert [row["kind"] for row in told["data"]] == ["customer.updated"]
    rest = alice.get(f"/customers/{made['id']}/timeline?after={told['next']}").json
    assert [row["kind"] for row in rest["data"]] == ["customer.created"]
    assert rest["next"] is None


@pytest.fixture
def crowd(session, world):
    """Twenty-three customers of which many share name and time; every second one is leased."""
    scope.enter(session, world.alice.context)
    for number in range(1, 24):
        name = f"王{number % 3}"
        session.add(Customer(number=number, name=name, name_key=name, kind="person" if number % 5 else "household"))
    session.flush()
    session.execute(
        text("UPDATE customer SET updated_at = date_trunc('day', now()) + (number / 4) * interval '1 minute'")
        .execution_options(**scope.RLS_ONLY)
    )  # fmt: skip
    session.commit()
    lease(session, world, *range(2, 24, 2))
    return world


@pytest.mark.parametrize("sort", ["number", "-number", "name", "-name", "updated", "-updated"])
@pytest.mark.parametrize("party", ["alice", "dan"])
def test_pages_hold_every_row_once_however_they_are_sorted(api, crowd, sort, party):
    caller = api(getattr(crowd, party))
    seen, after = [], ""
    while True:
        answer = caller.get(f"/customers?limit=5&sort={sort}{after}")
        assert answer.status_code == 200, answer.text
        seen += [row["number"] for row in answer.json["data"]]
        assert len(answer.json["data"]) == 5 or answer.json["next"] is None
        if answer.json["next"] is None:
            break
        after = f"&after={answer.json['next']}"
    assert len(seen) == len(set(seen))
    assert sorted(seen) == list(range(1, 24) if party == "alice" else range(2, 24, 2))
    assert sort != "number" or seen == sorted(seen)


@pytest.mark.parametrize("sort", ["number", "-number", "name", "-name", "updated", "-updated"])
def test_programs_read_the_list_that_people_see(session, crowd, sort):
    for person in (crowd.alice, crowd.dan):
        scope.enter(session, person.context)
        after = None
        for _ in range(3):
            page = customer_page(session, context=person.context, after=after, limit=4, sort=sort)
            rows, following = customer_rows(session, context=person.context, after=after, limit=4, sort=sort)
            assert rows == [tuple(row) for row in page.rows]
            assert following == page.next
            after = following
        session.rollback()


def test_the_list_is_filtered(api, crowd):
    alice = api(crowd.alice)
    households = alice.get("/customers?kind=household").json["data"]
    assert [row["number"] for row in households] == [5, 10, 15, 20]
    assert alice.get("/customers?state=archived").json["data"] == []
    assert len(alice.get("/customers?state=any&limit=200").json["data"]) == 23


def test_a_list_costs_three_statements(api, crowd, monkeypatch):
    """The principal with its scope, the list, and the trail's entry of who read it. A token's use is noted once a minute."""
    caller = api(crowd.dan)
    assert caller.get("/customers?limit=1").status_code == 200
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def counted(self, query, *args, **options):
        sent.append(str(query))
        return execute(self, query, *args, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    monkeypatch.setattr(driver.Statement, "_prepared", lambda *_: None)  # by a cursor, where it is seen
    assert caller.get("/customers?limit=7").status_code == 200
    assert len(sent) == 3, sent
    assert [each for each in sent if "audit" in each] == sent[2:], sent
