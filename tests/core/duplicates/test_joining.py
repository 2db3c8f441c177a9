"""A merge that relationships speak against is refused with the reason, and a merged id means the survivor on every way in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.customers import service as customers
from core.db import scope
from core.duplicates import merging
from core.duplicates.merging import Wish
from core.errors import Conflict, NotFound
from core.relationships import service as relationships
from core.testing.people import make_world


@pytest.fixture(scope="module")
def house(app: Any) -> Any:
    return make_world(app)


@pytest.fixture
def alice(session: Any, house: Any) -> Any:
    scope.enter(session, house.alice.context)
    return house.alice.context


@pytest.fixture
def view(app: Any, session: Any, alice: Any) -> Any:
    return app.extensions["kehub"]["view_of"](session, alice)


@pytest.fixture
def make(session: Any, alice: Any) -> Any:
    def one(name: str, kind: str = "person") -> Any:
        return customers.create_customer(session, context=alice, values={"name": name, "kind": kind}).id

    return one


@pytest.fixture
def merged(session: Any, alice: Any, view: Any) -> Any:
    def try_it(survivor_id: Any, customer_id: Any) -> Any:
        wish = Wish(survivor_id=survivor_id, customer_id=customer_id)
        return merging.merge(session, context=alice, view=view, wish=wish)

    return try_it


@pytest.fixture
def relate(session: Any, alice: Any) -> Any:
    def one(customer_id: Any, role: str, other_id: Any, **days: Any) -> Any:
        return relationships.relate(
            session, context=alice, customer_id=customer_id, other_id=other_id, role=role, **days
        )

    return one


def test_who_is_related_to_the_other_is_another_even_if_that_is_over(make: Any, relate: Any, merged: Any) -> None:
    one, other = make("甲"), make("乙")
    relate(one, "spouse", other, ends_on=date(2020, 1, 1))
    with pytest.raises(Conflict, match="related to each other"):
        merged(one, other)


def test_a_merge_that_would_close_a_circle_is_refused(make: Any, relate: Any, merged: Any) -> None:
    grandchild, child, parent, apart = (make(name) for name in "孙子父外")
    relate(grandchild, "child", child)
    relate(child, "child", parent)
    for pair in ((grandchild, parent), (parent, grandchild)):
        with pytest.raises(Conflict, match="circle"):
            merged(*pair)
    merged(grandchild, apart)


def test_nobody_joins_a_second_household_or_takes_a_second_representative_by_a_merge(
    make: Any, relate: Any, merged: Any
) -> None:
    one, other, here, there = make("甲"), make("乙"), make("一家", "household"), make("二家", "household")
    relate(one, "member", here)
    moved = relate(other, "member", there)
    with pytest.raises(Conflict, match="one at a time"):
        merged(one, other)
    moved.ends_on = date(2020, 1, 1)
    merged(one, other)
    left, right = make("甲公司", "organisation"), make("乙公司", "organisation")
    relate(make("丙"), "legal_representative", left)
    relate(make("丁"), "legal_representative", right)
    with pytest.raises(Conflict, match="somebody else in a role"):
        merged(left, right)


def test_whether_a_relationship_is_over_is_asked_of_the_day_where_the_tenant_is(
    session: Any, alice: Any, view: Any, make: Any, relate: Any
) -> None:
    # These two are 26 hours apart, so it is never the same day in both.
    west, east = (replace(alice, zone=zone) for zone in ("Etc/GMT+12", "Pacific/Kiritimati"))
    one, other = make("甲"), make("乙")
    relate(one, "member", make("一家", "household"))
    relate(other, "member", make("二家", "household"), ends_on=datetime.now(UTC).astimezone(ZoneInfo(west.zone)).date())
    wish = Wish(survivor_id=one, customer_id=other)
    with pytest.raises(Conflict, match="one at a time"):
        merging.merge(session, context=west, view=view, wish=wish)
    assert merging.merge(session, context=east, view=view, wish=wish).state == "done"


def test_two_members_of_one_household_may_be_one(make: Any, relate: Any, merged: Any) -> None:
    one, other, home = make("甲"), make("甲甲"), make("一家", "household")
    relate(one, "member", home)
    relate(other, "member", home)
    assert merged(one, other).state == "done"


def test_a_customer_of_another_tenant_is_not_there_to_be_merged(
    app: Any, session: Any, alice: Any, house: Any, make: Any, merged: Any
) -> None:
    own = make("甲")
    session.commit()
    stranger = make_world(app)
    scope.enter(session, stranger.alice.context)
    theirs = customers.create_customer(session, context=stranger.alice.context, values={"name": "甲"}).id
    session.commit()
    scope.enter(session, house.alice.context)
    for pair in ((own, theirs), (theirs, own)):
        with pytest.raises(NotFound):
            merged(*pair)


def test_over_rest_an_id_that_was_merged_means_the_survivor_wherever_it_is_written(
    api: Any, session: Any, house: Any, alice: Any, make: Any, merged: Any
) -> None:
    stays, goes, friend = make("甲"), make("甲甲"), make("乙")
    merged(stays, goes)
    session.commit()
    rest, survivor = api(house.alice), str(stays)
    desk = api(house.carol)
    touch = {
        "customer_id": str(goes), "channel": "phone", "direction": "inbound", "purpose": "service",
        "disposition": "connected_right_party", "started_at": "2026-01-05T08:00:00Z",
    }  # fmt: skip
    told = desk.post("/interactions", touch)
    assert told.json.get("customer_id") == survivor, told.text
    point = rest.post(f"/customers/{goes}/contact-points", {"kind": "phone", "value": "13800138000"})
    assert point.json["customer_id"] == survivor, point.text
    case = {"customer_id": str(goes), "workflow": "telecom.complaint", "title": "线路"}
    assert desk.post("/cases", case).json["customer_id"] == survivor
    tie = rest.post(f"/customers/{friend}/relationships", {"other_id": str(goes), "role": "guarantor"})
    assert tie.json["other_id"] == survivor, tie.text
    seen = rest.get(f"/customers/{goes}")
    changed = rest.patch(f"/customers/{goes}", {"currency": "kwd"}, etag=seen.headers["ETag"])
    assert (changed.json["id"], changed.json["currency"]) == (survivor, "KWD")
    wrong = rest.patch(f"/customers/{goes}", {"currency": "XYZ"}, etag=changed.headers["ETag"])
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/currency")
    again = rest.post("/duplicates/merges", {"survivor_id": str(friend), "customer_id": str(goes)})
    assert again.status_code == 409, "to merge what is merged is refused, not done to the survivor"
