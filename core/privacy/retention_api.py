"""Keeping times over REST: each clock, what is due under it, holds, and asking the second person."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.api.endpoints import Endpoints
from core.api.fields import NO_CHOICE, Instant, ListQuery, Strict, page_of
from core.api.writing import answer, page
from core.db.base import db
from core.privacy import policy, retention
from core.privacy import retention_queries as queries
from core.privacy import retention_service as service
from core.privacy.retention_models import MODES
from core.web.current import context

endpoints = Endpoints("retention", __name__, prefix="/retention", title="Keeping times")


class RetentionPlace(Schema):
    place = fields.String(metadata={"description": "A country, or `*`."})
    months = fields.Integer()
    source = fields.String()
    verified = fields.Boolean()


class RetentionClock(Schema):
    clock = fields.String()
    does = fields.String(metadata={"enum": ["erase", "anonymise"]})
    mode = fields.String(metadata={"enum": list(MODES), "description": "`ask`: a second person confirms each time."})
    own_months = fields.Integer(allow_none=True)
    places = fields.List(fields.Nested(RetentionPlace))
    due = fields.Integer(
        allow_none=True, metadata={"description": "At the last count; one more than 1000 is the most."}
    )
    counted_at = Instant(allow_none=True)
    held_at = Instant(allow_none=True)
    held_reason = fields.String(allow_none=True)
    running = fields.Boolean()


class RetentionClocks(Schema):
    data = fields.List(fields.Nested(RetentionClock), required=True)


class RetentionDue(Schema):
    id = fields.UUID()
    customer_id = fields.UUID(allow_none=True)
    customer_number = fields.Integer(allow_none=True)
    started_at = Instant(metadata={"description": "When its clock began."})
    what = fields.String(metadata={"description": "A number or a key."})


RetentionDuePage = page_of(RetentionDue, name="RetentionDuePage")


class RetentionWhy(Strict):
    reason = fields.String(load_default="", validate=validate.Length(max=service.REASON_LIMIT))


class RetentionHold(Strict):
    on = fields.Boolean(required=True)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=service.REASON_LIMIT))


class RetentionTimes(Strict):
    mode = fields.String(required=True, validate=validate.OneOf(MODES, error=NO_CHOICE))
    months = fields.Integer(load_default=None, allow_none=True, strict=True)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=service.REASON_LIMIT))


class RetentionAsked(Schema):
    approval_id = fields.UUID(metadata={"description": "What the second person decides on."})


@endpoints.get("", permission=policy.RIGHTS_READ, returns=RetentionClocks)
def index() -> Response:
    """List the clocks."""
    found = queries.standings(db.session(), context=context())
    return answer({"data": [_shown(each) for each in found]})


@endpoints.get("/<key>", permission=policy.RIGHTS_READ, returns=RetentionClock)
def show(key: str) -> Response:
    """Read one clock."""
    return answer(_shown(queries.standing(db.session(), context=context(), clock=key)))


@endpoints.get("/<key>/due", permission=policy.RIGHTS_READ, query=ListQuery, returns=RetentionDuePage)
def due(key: str, query: dict[str, Any]) -> Response:
    """List what has been kept long enough now, the oldest first."""
    standing = queries.standing(db.session(), context=context(), clock=key)
    found = queries.due_page(db.session(), standing=standing, **query)
    return page([dict(RetentionDue().dump(row)) for row in found.rows], following=found.next)


@endpoints.post(
    "/<key>/runs", permission=policy.RIGHTS_MANAGE, body=RetentionWhy, returns=RetentionAsked, located=False
)
def ask(key: str, body: dict[str, Any]) -> Response:
    """Ask a second person to let go what is due."""
    asked = service.ask(db.session(), context=context(), clock=key, **body)
    return answer({"approval_id": str(asked.id)}, status=201)


@endpoints.post(
    "/<key>/times", permission=policy.RIGHTS_MANAGE, body=RetentionTimes, returns=RetentionAsked, located=False
)
def change(key: str, body: dict[str, Any]) -> Response:
    """Ask a second person for another time or way."""
    asked = service.ask_policy(db.session(), context=context(), clock=key, **body)
    return answer({"approval_id": str(asked.id)}, status=201)


@endpoints.post("/<key>/hold", permission=policy.HOLD, body=RetentionHold, returns=RetentionClock, located=False)
def hold(key: str, body: dict[str, Any]) -> Response:
    """Hold a clock, or lift the hold."""
    service.hold(db.session(), context=context(), clock=key, **body)
    return answer(_shown(queries.standing(db.session(), context=context(), clock=key)), status=201)


def _shown(each: queries.Standing) -> dict[str, Any]:
    row = each.row
    return dict(RetentionClock().dump({
        "clock": each.clock.key, "does": each.clock.does, "mode": each.mode, "own_months": row.months if row else None,
        "places": [_place(span) for span in each.spans], "due": row.due if row else None,
        "counted_at": row.counted_at if row else None, "held_at": row.held_at if row else None,
        "held_reason": row.held_reason if row else None, "running": each.running,
    }))  # fmt: skip


def _place(span: retention.Span) -> dict[str, Any]:
    return {
        "place": span.place, "months": span.months, "verified": span.parameter.verified,
        "source": span.parameter.source,
    }  # fmt: skip
