"""Requests of persons over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import Schema, fields, validate

from core.api.endpoints import Endpoints
from core.api.fields import NO_CHOICE, Instant, ListQuery, Strict, page_of
from core.api.writing import created, page, resource
from core.db.base import db
from core.privacy import policy, rights
from core.privacy import rights_queries as queries
from core.privacy.rights_models import CHANNELS, KINDS, STATES
from core.web.current import context

endpoints = Endpoints("rights", __name__, prefix="/rights-requests", title="Rights of persons")


class RightsRequest(Schema):
    id = fields.UUID()
    number = fields.Integer()
    customer_id = fields.UUID()
    kind = fields.String(metadata={"enum": list(KINDS)})
    via = fields.String(metadata={"enum": list(CHANNELS)})
    asked_on = fields.Date()
    due_on = fields.Date(metadata={"description": "When the answer is due."})
    state = fields.String(metadata={"enum": list(STATES)})
    checked = fields.String(allow_none=True, metadata={"description": "How we know who asks."})
    extended_for = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)
    answered_at = Instant(allow_none=True)
    approval_id = fields.UUID(allow_none=True)
    result = fields.Dict(metadata={"description": "What was done, in counts by table."})
    created_at = Instant()
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


RightsRequestPage = page_of(RightsRequest, name="RightsRequestPage")


class RightsRequestQuery(ListQuery):
    show = fields.String(load_default="open", validate=validate.OneOf(["open", "all"], error=NO_CHOICE))
    kind = fields.String(load_default=None, validate=validate.OneOf(list(KINDS), error=NO_CHOICE))
    customer_id = fields.UUID(load_default=None)


class RightsRequestNew(Strict):
    customer_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS), error=NO_CHOICE))
    via = fields.String(required=True, validate=validate.OneOf(list(CHANNELS), error=NO_CHOICE))
    asked_on = fields.Date(load_default=None, allow_none=True)


class RightsStep(Strict):
    act = fields.String(
        required=True,
        validate=validate.OneOf(["check", "extend", "refuse", "withdraw", "fulfil"], error=NO_CHOICE),
    )
    text = fields.String(
        load_default="", metadata={"description": "How we know who asks, the reason, or the answer.", "maxLength": 2000}
    )


@endpoints.get("", permission=policy.RIGHTS_READ, query=RightsRequestQuery, returns=RightsRequestPage)
def index(query: dict[str, Any]) -> Response:
    """List requests, the newest first; those that wait, unless all are asked for."""
    found = queries.request_page(db.session(), **query)
    return page([dict(RightsRequest().dump(row)) for row in found.rows], following=found.next)


@endpoints.post("", permission=policy.RIGHTS_MANAGE, body=RightsRequestNew, returns=RightsRequest, versioned=True)
def create(body: dict[str, Any]) -> Response:
    """Register what a person asks."""
    row = rights.register(db.session(), context=context(), **body)
    return created(_shown(row.id), endpoint="api_rights.show", request_id=row.id)


@endpoints.get("/<uuid:request_id>", permission=policy.RIGHTS_READ, returns=RightsRequest, versioned=True)
def show(request_id: UUID) -> Response:
    """Read one request."""
    return resource(_shown(request_id))


@endpoints.post(
    "/<uuid:request_id>/steps", permission=policy.RIGHTS_MANAGE, body=RightsStep, returns=RightsRequest, versioned=True
)
def step(request_id: UUID, body: dict[str, Any]) -> Response:
    """Note who asks, extend, refuse, take back or fulfil. An erasure that is fulfilled waits for a second person."""
    acts: dict[str, Any] = {
        "check": (rights.check, "how"), "extend": (rights.extend, "reason"), "refuse": (rights.refuse, "reason"),
        "withdraw": (rights.withdraw, None), "fulfil": (rights.fulfil, "answer"),
    }  # fmt: skip
    act, name = acts[body["act"]]
    act(db.session(), context=context(), request_id=request_id, **({name: body["text"]} if name else {}))
    return created(_shown(request_id), endpoint="api_rights.show", request_id=request_id)


def _shown(request_id: UUID) -> dict[str, Any]:
    return dict(RightsRequest().dump(queries.request_row(db.session(), request_id=request_id)))
