"""Records over REST: both parties, types, versions, wrong input, pages of a list, readings."""

from __future__ import annotations

import pytest

from tests.core.records.conftest import VIN

VAN = {
    "type": "fleet.van",
    "attributes": {"fleet": {"vin": VIN, "model": "Bora", "price": 123_450, "colour": "red", "driver": "诸葛孔明"}},
}


@pytest.fixture(autouse=True)
def with_fleet(app, monkeypatch, fleet):
    monkeypatch.setitem(app.extensions["kehub"], "view_of", lambda session, context: fleet)


@pytest.fixture
def alice(api, world):
    return api(world.alice)


@pytest.fixture
def dan(api, world):
    return api(world.dan)


def pointers(answer) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {each["pointer"] for each in answer.json["errors"]}


def test_a_record_is_added_read_changed_and_found(alice):
    made = alice.post("/records", VAN)
    assert made.status_code == 201, made.text
    assert made.json["state"] == "stock"
    assert made.json["attributes"] == VAN["attributes"]
    assert made.json["identifiers"] == {"vin": VIN}
    path = f"/records/{made.json['id']}"
    changed = alice.patch(
        path,
        {"state": "sold", "attributes": {"fleet": {"colour": None, "seats": 3}}, "identifiers": {"plate": "京A12345"}},
        etag=made.headers["ETag"],
    )
    assert changed.status_code == 200, changed.text
    assert changed.json["attributes"]["fleet"] == {
        "vin": VIN,
        "model": "Bora",
        "price": 123_450,
        "seats": 3,
        "driver": "诸葛孔明",
    }
    assert changed.json["state"] == "sold"
    found = alice.post("/records/search", {"type": "fleet.van", "scheme": "plate", "value": "京A·12345"})
    assert [each["id"] for each in found.json["data"]] == [made.json["id"]]
    assert alice.get(path).headers["ETag"] == changed.headers["ETag"]
    assert alice.patch(path, {"state": "scrapped"}, etag=made.headers["ETag"]).status_code == 412


def test_what_is_wrong_is_told_with_its_place(alice):
    wrong = {"fleet": {"vin": "LVSHCAMB2CE054249", "seats": "three", "sunroof": True}}
    assert pointers(alice.post("/records", {**VAN, "attributes": wrong})) == {
        "/attributes/fleet/vin", "/attributes/fleet/seats", "/attributes/fleet/sunroof", "/attributes/fleet/model",
    }  # fmt: skip
    assert pointers(alice.post("/records", {**VAN, "colour": "red", "attributes": [1]})) == {"/colour", "/attributes"}
    assert pointers(alice.post("/records", {**VAN, "state": "lost"})) == {"/state"}
    assert alice.post("/records", {**VAN, "type": "fleet.unknown"}).status_code == 404
    made = alice.post("/records", VAN)
    back = alice.patch(
        f"/records/{made.json['id']}", {"state": "stock", "attributes": {"fleet": {"model": None}}}, etag='"1"'
    )
    assert pointers(back) == {"/attributes/fleet/model"}


def test_an_amount_is_in_a_currency_that_there_is_and_not_changed_by_naming_another(alice):
    made = alice.post("/records", VAN | {"amount_minor": 1500, "currency": "jpy"}).json
    assert (made["amount_minor"], made["currency"]) == (1500, "JPY")
    assert alice.post("/records", {"type": "fleet.trip", "amount_minor": 5}).json["currency"] == "CNY"
    assert pointers(alice.post("/records", VAN | {"currency": "ZZZ"})) == {"/currency"}
    path = f"/records/{made['id']}"
    assert pointers(alice.patch(path, {"currency": "KWD"}, etag=alice.get(path).headers["ETag"])) == {"/currency"}
    both = alice.patch(path, {"amount_minor": 1250, "currency": "KWD"}, etag=alice.get(path).headers["ETag"])
    assert (both.json["amount_minor"], both.json["currency"]) == (1250, "KWD")


def test_a_list_goes_on_where_the_page_before_it_ended(alice):
    made = [
        alice.post("/records", {"type": "fleet.depot", "attributes": {"fleet": {"town": town}}}) for town in "ABCDE"
    ]
    numbers = [each.json["number"] for each in made]
    seen, after = [], None
    while True:
        page = alice.get(f"/records?type=fleet.depot&sort=number&limit=2{f'&after={after}' if after else ''}").json
        seen += [each["number"] for each in page["data"]]
        after = page["next"]
        if after is None:
            break
    assert seen == numbers
    newest = alice.get("/records?type=fleet.depot&sort=-updated&limit=200").json["data"]
    assert [each["number"] for each in newest] == numbers[::-1]
    assert alice.get("/records?type=fleet.depot&sort=town").status_code == 422
    assert alice.get("/records").status_code == 422


def test_a_provider_reads_masked_what_is_leased_and_writes_nothing(alice, dan, make_customer):
    customer_id = str(make_customer())
    held = alice.post("/records", {**VAN, "customer_id": customer_id, "identifiers": {"plate": "京A12345"}}).json
    free = alice.post("/records", {"type": "fleet.van", "attributes": {"fleet": {"model": "Polo"}}}).json
    page = dan.get("/records?type=fleet.van")
    assert [each["id"] for each in page.json["data"]] == [held["id"]]
    for clear in (VIN, "诸葛孔明", "京A12345"):
        assert clear not in page.text
    assert page.json["data"][0]["identifiers"]["vin"].endswith(VIN[-6:])
    assert dan.get(f"/records/{free['id']}").status_code == 404
    assert dan.get(f"/records/{free['id']}/readings?counter=odometer").status_code == 404
    assert (
        dan.post("/records/search", {"type": "fleet.van", "scheme": "vin", "value": VIN}).json["data"][0]["id"]
        == held["id"]
    )
    assert dan.post("/records", VAN).status_code == 403
    assert dan.patch(f"/records/{held['id']}", {"state": "sold"}, etag='"1"').status_code == 403


def test_readings_are_added_and_read(alice):
    made = alice.post("/records", VAN).json
    path = f"/records/{made['id']}/readings"
    for value, day in ((12_000, "2026-01-01T00:00:00Z"), (15_000, "2026-02-01T00:00:00Z")):
        sent = alice.post(path, {"counter": "odometer", "value": value, "read_at": day})
        assert sent.status_code == 201, sent.text
    answered = alice.get(f"{path}?counter=odometer").json["data"]
    assert [(each["value"], each["read_at"]) for each in answered] == [
        (15_000, "2026-02-01T00:00:00Z"),
        (12_000, "2026-01-01T00:00:00Z"),
    ]
    assert pointers(alice.post(path, {"counter": "odometer", "value": -1})) == {"/value"}
    assert pointers(alice.post(path, {"counter": "hours", "value": 1})) == {"/counter"}
