"""The organisation over REST: its settings, and the steps of its life."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.api.endpoints import Endpoints, expected_version
from core.api.fields import Instant, Strict
from core.api.writing import page, resource
from core.db.base import db
from core.tenants import life, organisation, policy
from core.web.current import context

endpoints = Endpoints("organisation", __name__, prefix="/organisation", title="Organisation")


class Organisation(Schema):
    id = fields.UUID()
    name = fields.String()
    legal_name = fields.String(allow_none=True)
    uscc = fields.String(allow_none=True, metadata={"description": "Unified social credit code, GB 32100."})
    lei = fields.String(allow_none=True, metadata={"description": "Legal Entity Identifier, ISO 17442."})
    kinds = fields.List(fields.String(validate=validate.OneOf(("client", "provider"))))
    state = fields.String(validate=validate.OneOf(("trial", "active", "suspended", "closing", "deleted")))
    state_since = Instant()
    trial_ends_at = Instant(allow_none=True)
    erase_after = Instant(
        allow_none=True, metadata={"description": "While closing: when it can no longer be called back."}
    )
    country = fields.String()
    locale = fields.String()
    time_zone = fields.String()
    currency = fields.String()
    created_at = Instant()
    updated_at = Instant()
    version = fields.Integer()


class OrganisationPatch(Strict):
    name = fields.String()
    legal_name = fields.String(allow_none=True)
    uscc = fields.String(allow_none=True)
    lei = fields.String(allow_none=True)
    country = fields.String()
    locale = fields.String()
    time_zone = fields.String()
    currency = fields.String()


class OrganisationStep(Schema):
    event = fields.String(metadata={"description": "sign_up, activate, extend, suspend, close or call_back."})
    source = fields.String(metadata={"description": "The state before; empty for a sign-up."})
    target = fields.String()
    party = fields.String(metadata={"description": "client: an administrator; system: the platform or the clock."})
    reason = fields.String(allow_none=True)
    occurred_at = Instant()


class OrganisationSteps(Schema):
    data = fields.List(fields.Nested(OrganisationStep), required=True)
    next = fields.String(allow_none=True, metadata={"description": "Always null: there are few."})


@endpoints.get("", permission=policy.SEE, returns=Organisation, versioned=True)
def show() -> Response:
    """Read the organisation."""
    return _answer(organisation.organisation(db.session(), context=context()))


@endpoints.patch("", permission=policy.MANAGE, body=OrganisationPatch, returns=Organisation, versioned=True)
def change(body: dict[str, Any]) -> Response:
    """Change its names, registration numbers, country, language, zone or currency."""
    return _answer(organisation.change(db.session(), context=context(), values=body, version=expected_version()))


@endpoints.get("/steps", permission=policy.SEE, returns=OrganisationSteps)
def steps() -> Response:
    """List the steps of its life, the latest first."""
    names = OrganisationStep().fields
    rows = [{name: getattr(row, name) for name in names} for row in life.history(db.session())]
    return page(rows, following=None)


def _answer(row: organisation.Organisation) -> Response:
    return resource(asdict(row))
