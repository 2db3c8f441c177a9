"""Quotas of reveals over REST: what holds, set one, let one go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import Schema, fields, validate

from core.api.endpoints import Endpoints
from core.api.fields import NO_CHOICE, Instant, ListQuery, Strict, page_of
from core.api.writing import answer, page
from core.approvals.models import Approval
from core.db.base import db
from core.privacy import policy, reveal_limits
from core.privacy.models import LIMITS
from core.privacy.reveal_limits import Wanted
from core.web.current import context

endpoints = Endpoints("reveal_limits", __name__, prefix="/reveal-limits", title="Quotas of reveals")


class RevealLimit(Schema):
    id = fields.UUID()
    key = fields.String(metadata={"enum": list(LIMITS)})
    value = fields.Integer()
    role = fields.String(metadata={"description": "Empty: every role."})
    engagement_id = fields.UUID(allow_none=True)
    reason = fields.String()
    begins_at = Instant()
    set_name = fields.String()
    approved_name = fields.String()


RevealLimitPage = page_of(RevealLimit, name="RevealLimitPage")


class RevealLimitNew(Strict):
    key = fields.String(required=True, validate=validate.OneOf(LIMITS, error=NO_CHOICE))
    value = fields.Integer(
        required=True, strict=True, metadata={"description": "No more than the product's own number."}
    )
    role = fields.String(load_default="")
    engagement_id = fields.UUID(load_default=None, allow_none=True)
    reason = fields.String(required=True, metadata={"maxLength": reveal_limits.REASON_LIMIT})


class RevealLimitEnd(Strict):
    reason = fields.String(required=True, metadata={"maxLength": reveal_limits.REASON_LIMIT})


class RevealLimitSet(Schema):
    """What came of it: `standing` holds now, `waiting` waits for a second person, as request `approval_id`."""

    state = fields.String(metadata={"enum": ["standing", "waiting"]})
    approval_id = fields.UUID(allow_none=True)


class RevealLimitQuery(ListQuery):
    """No more than the shared words of a list."""


@endpoints.get("", permission=policy.READ, query=RevealLimitQuery, returns=RevealLimitPage)
def index(query: dict[str, Any]) -> Response:  # noqa: ARG001 - there are few
    """List the tenant's own numbers that hold now. They tighten the product's."""
    return page(RevealLimit().dump(reveal_limits.standing(db.session()), many=True), following=None)


@endpoints.post("", permission=policy.LIMIT, body=RevealLimitNew, returns=RevealLimitSet, located=False)
def create(body: dict[str, Any]) -> Response:
    """Set a number. A lower one holds at once; a higher one than holds now waits for a second person."""
    return _told(reveal_limits.set_limit(db.session(), context=context(), wanted=Wanted(**body)))


@endpoints.post(
    "/<uuid:reveal_limit_id>/end", permission=policy.LIMIT, body=RevealLimitEnd, returns=RevealLimitSet, located=False
)
def end(reveal_limit_id: UUID, body: dict[str, Any]) -> Response:
    """Let a number go, once a second person has approved it."""
    return _told(reveal_limits.end_limit(db.session(), context=context(), limit_id=reveal_limit_id, **body))


def _told(made: Any) -> Response:
    asked = made if isinstance(made, Approval) else None
    told = {"state": "waiting" if asked else "standing", "approval_id": asked.id if asked else None}
    return answer(RevealLimitSet().dump(told), status=201)
