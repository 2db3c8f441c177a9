"""The verticals of a workspace over REST: which there are, and the switch of each."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app
from marshmallow import Schema, fields

from core.api.endpoints import Endpoints
from core.api.fields import Instant, Strict
from core.api.writing import answer, page
from core.db.base import db
from core.errors import NotFound
from core.plugin.catalog import Catalog
from core.tenants import policy, service
from core.tenants.queries import VerticalRow, vertical_rows
from core.web.current import context

endpoints = Endpoints("verticals", __name__, prefix="/verticals", title="Verticals")


class Vertical(Schema):
    key = fields.String()
    label = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Text by language."})
    version = fields.String()
    enabled = fields.Boolean()
    changed_at = Instant(allow_none=True, metadata={"description": "Null while it was never switched."})


class VerticalList(Schema):
    data = fields.List(fields.Nested(Vertical), required=True)
    next = fields.String(allow_none=True, metadata={"description": "Always null: there are few."})


class VerticalSwitch(Strict):
    enabled = fields.Boolean(required=True, truthy={True}, falsy={False})


@endpoints.get("", permission=policy.READ, returns=VerticalList)
def index() -> Response:
    """List the verticals of this installation with the switch of each."""
    return page([_shown(row) for row in _rows()], following=None)


@endpoints.get("/<key>", permission=policy.READ, returns=Vertical)
def show(key: str) -> Response:
    """Read one vertical."""
    return answer(_shown(_row(key)))


@endpoints.put("/<key>", permission=policy.CONFIGURE, body=VerticalSwitch, returns=Vertical)
def switch(key: str, body: dict[str, Any]) -> Response:
    """Switch a vertical on or off. Off keeps its data, which are then neither shown nor taken."""
    row = _row(key)
    if row.enabled != body["enabled"]:
        service.set_vertical(db.session(), context=context(), key=key, enabled=body["enabled"])
    return answer(_shown(_row(key)))


def _rows() -> list[VerticalRow]:
    catalog: Catalog = current_app.extensions["kehub"]["catalog"]
    return list(vertical_rows(db.session(), catalog=catalog))


def _row(key: str) -> VerticalRow:
    for row in _rows():
        if row.key == key:
            return row
    raise NotFound


def _shown(row: VerticalRow) -> dict[str, Any]:
    declared = row.loaded.vertical
    return {
        "key": row.key,
        "label": dict(declared.label),
        "version": declared.version,
        "enabled": row.enabled,
        "changed_at": row.changed_at,
    }
