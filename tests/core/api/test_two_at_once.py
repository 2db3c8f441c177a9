"""Two people change one thing: who comes second is refused and told, field by field, what is there now; nothing is lost unseen."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from core.testing.people import make_world


@pytest.fixture(scope="module")
def house(app: Any) -> Any:
    return make_world(app)


def file_of(text: str) -> dict[str, Any]:
    return {"name": "note.txt", "content": base64.b64encode(text.encode()).decode(), "note": "Eins"}


def made(rest: Any, person: str, other: str) -> dict[str, tuple[Any, dict[str, Any], dict[str, Any]]]:
    """One of each, with what the first and the second change in it."""
    return {
        "/contact-points": (
            rest.post(f"/customers/{person}/contact-points", {"kind": "phone", "value": "13800138001"}),
            {"label": "Work"}, {"label": "Home"},
        ),
        "/contacts": (
            rest.post(f"/customers/{person}/contacts", {"name": "Frau Li", "role": "Mother"}),
            {"role": "Aunt"}, {"role": "Sister"},
        ),
        "/relationships": (
            rest.post(f"/customers/{person}/relationships", {"other_id": other, "role": "guarantor"}),
            {"note": "Seen"}, {"note": "Heard"},
        ),
        "/attachments": (rest.post(f"/customers/{person}/attachments", file_of("Hallo")), {"note": "Zwei"}, {"note": "Drei"}),
        "/customers": (rest.get(f"/customers/{person}"), {"region": "南京"}, {"region": "北京", "salutation": "女士"}),
    }  # fmt: skip


def test_of_two_changes_the_second_is_told_what_is_there_now(api: Any, house: Any) -> None:
    rest = api(house.alice)
    person, other = (rest.post("/customers", {"name": name}).json["id"] for name in ("吴敏", "何伟"))
    for place, (answer, first, second) in made(rest, person, other).items():
        assert answer.status_code in (200, 201), answer.text
        path, etag = f"{place}/{answer.json['id']}", answer.headers["ETag"]
        assert rest.patch(path, first).status_code == 428, place
        assert rest.patch(path, first, etag=etag).status_code == 200, place
        late = rest.patch(path, second, etag=etag)
        assert late.status_code == 412, (place, late.text)
        name = next(iter(first))
        found = {each["field"]: (each["now"], each["yours"]) for each in late.json["difference"]}
        assert found[name] == (first[name], second[name]), place
        assert rest.get(path).json[name] == first[name], place
        again = rest.patch(path, second, etag=late.json["etag"])
        assert (again.status_code, again.json[name]) == (200, second[name]), place


def test_who_may_write_and_not_read_is_refused_without_the_difference(api: Any, house: Any) -> None:
    rest = api(house.alice)
    made = rest.post("/customers", {"name": "马丽"})
    etag, path = made.headers["ETag"], f"/customers/{made.json['id']}"
    assert rest.patch(path, {"region": "南京"}, etag=etag).status_code == 200
    late = api(house.alice, scopes=["customer.write"]).patch(path, {"region": "北京"}, etag=etag)
    assert late.status_code == 412
    assert "difference" not in late.json
