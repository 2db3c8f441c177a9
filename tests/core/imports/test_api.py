"""Imports over REST: handed in, tried, started, read row by row, undone."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from core.customers.models import Customer
from core.testing.jobs import work_off

FILE = "id,name,phone\n1,Ann,13800138000\n2,Bea,12\n3,,13800138001\n"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_file_is_handed_in_tried_imported_and_undone(
    app: Any, desk: Any, world: Any, api: Callable[..., Any]
) -> None:
    call = api(world.alice)
    made = call("POST", "/imports", json={"name": "a.csv", "content": b64(FILE)})
    assert made.status_code == 201, made.text
    address = f"/imports/{made.json['id']}"
    work_off(app, tenant_id=world.tenant_id)

    tried = call("GET", address)
    assert (tried.json["phase"], tried.json["counts"]) == (
        "checked", {"created": 1, "updated": 0, "unchanged": 0, "rejected": 2, "warned": 0},
    )  # fmt: skip
    assert desk.count(Customer) == 0
    told = call("GET", f"{address}/rows?told=true").json["data"]
    assert [(row["line"], row["problems"][0]["column"]) for row in told] == [(3, "phone"), (4, "name")]

    stale = call("POST", f"{address}/start", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert call("POST", f"{address}/start", headers={"If-Match": tried.headers["ETag"]}).status_code == 201
    work_off(app, tenant_id=world.tenant_id)
    assert call("GET", address).json["state"] == "done"
    assert [each.name for each in desk.customers().values()] == ["Ann"]

    undone = call("POST", f"{address}/undo")
    assert undone.json["undo"] == {"restored": 0, "removed": 1, "left": 0}
    assert desk.count(Customer) == 0
    assert call("POST", f"{address}/undo").status_code == 409
    assert [row["id"] for row in call("GET", "/imports").json["data"]] == [made.json["id"]]


def test_what_is_no_file_is_refused(world: Any, api: Callable[..., Any]) -> None:
    call = api(world.alice)
    for body, status in (
        ({"name": "a", "content": "%"}, 422),
        ({"name": "a", "content": b64("id,id\n1,2\n")}, 422),
        ({"name": "a", "content": b64(FILE), "type": "no.such"}, 404),
        ({"name": "a", "content": b64(FILE), "mapping": {"columns": {"id": "nothing"}, "identify_by": "nothing"}}, 422),
    ):
        assert call("POST", "/imports", json=body).status_code == status
    assert api(world.alice, scopes=["customer.read"])("GET", "/imports").status_code == 403
