"""What the API says and takes of the gate's decisions."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, Strict
from core.gate.answers import STRICTNESS
from core.gate.facts import CHANNELS, PURPOSES


class GateQuestion(Strict):
    customer_id = fields.UUID(required=True)
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES, error=NO_CHOICE))
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS, error=NO_CHOICE))
    at = Instant(load_default=None, metadata={"description": "The moment asked about; now if not given."})


class GateReason(Schema):
    rule = fields.String(metadata={"description": "`<vertical>.<rule>`, or a rule of the core."})
    verdict = fields.String(metadata={"enum": list(STRICTNESS)})
    code = fields.String()
    text = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Text by language."})
    citation = fields.String(metadata={"description": "The article it rests on."})
    until = fields.String(allow_none=True, metadata={"format": "date-time"})
    parameters = fields.Dict(metadata={"description": "Each number it used, with source and validity."})


class FindingFilter(Strict):
    state = fields.String(load_default=None, validate=validate.OneOf(("open", "settled"), error=NO_CHOICE))
    severity = fields.String(load_default=None, validate=validate.OneOf(("low", "medium", "high"), error=NO_CHOICE))
    rule = fields.String(load_default=None)
    customer_id = fields.UUID(load_default=None)
    after = fields.String(load_default=None, metadata={"description": "`next` of the page before."})
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


class Finding(Schema):
    id = fields.UUID()
    number = fields.Integer()
    rule = fields.String(metadata={"description": "`<vertical>.<rule>`, or one of the core."})
    severity = fields.String(metadata={"enum": ["low", "medium", "high"]})
    state = fields.String(metadata={"enum": ["open", "settled"]})
    subject_type = fields.String()
    subject_id = fields.UUID()
    customer_id = fields.UUID(allow_none=True)
    case_id = fields.UUID(allow_none=True)
    decision_id = fields.UUID(allow_none=True, metadata={"description": "The stored decision that it rests on."})
    reason = fields.Dict(metadata={"description": "Text by language, citation, and each number it used."})
    created_at = Instant()
    settled_at = Instant(allow_none=True)
    version = fields.Integer()


class FindingPage(Schema):
    data = fields.List(fields.Nested(Finding))
    next = fields.String(allow_none=True)


class GateDecision(Schema):
    id = fields.UUID()
    number = fields.Integer()
    customer_id = fields.UUID()
    action = fields.String()
    purpose = fields.String()
    channel = fields.String()
    verdict = fields.String(
        metadata={"enum": list(STRICTNESS), "description": "The strictest answer. A deny is stored like any other."}
    )
    until = Instant(allow_none=True, metadata={"description": "When a deferred contact may be tried."})
    reasons = fields.List(fields.Nested(GateReason))
    decided_at = Instant()
    valid_until = Instant(metadata={"description": "An allowance is good for one contact until then."})
