"""The trail over REST: what is asked and what is answered."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import Instant, ListQuery, page_of


class AuditQuery(ListQuery):
    """Filters of the trail; all given ones hold together."""

    person = fields.UUID(load_default=None, metadata={"description": "Participant who did it."})
    party = fields.String(load_default=None, validate=validate.OneOf(["client", "provider", "system"]))
    engagement = fields.UUID(load_default=None)
    action = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=80),
        metadata={"description": "An action, such as `customer.read`; or `looks` or `exports` for all of these."},
    )
    outcome = fields.String(load_default=None, validate=validate.OneOf(["done", "denied", "failed"]))
    subject_type = fields.String(load_default=None, validate=validate.Length(min=1, max=40))
    subject_id = fields.UUID(load_default=None, metadata={"description": "Only together with `subject_type`."})
    customer = fields.UUID(load_default=None, metadata={"description": "Everything that concerns a customer."})
    since = Instant(load_default=None, metadata={"description": "From this moment on."})
    until = Instant(load_default=None, metadata={"description": "Before this moment."})


class AuditEntry(Schema):
    """One act, look or refusal."""

    id = fields.UUID(required=True)
    sequence = fields.Integer(required=True)
    occurred_at = Instant(required=True)
    action = fields.String(required=True)
    outcome = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    participant_id = fields.UUID(required=True, allow_none=True)
    party = fields.String(required=True)
    engagement_id = fields.UUID(required=True, allow_none=True)
    subject_type = fields.String(required=True)
    subject_id = fields.UUID(required=True, allow_none=True)
    customer_id = fields.UUID(required=True, allow_none=True)
    fields_named = fields.List(
        fields.String(), required=True, data_key="fields", attribute="fields", metadata={"description": "Names only."}
    )
    details = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "Ids, counts and keyed digests, never values."}
    )
    seat = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    sentence = fields.String(required=True, metadata={"description": "The same in the reader's language."})


AuditPage = page_of(AuditEntry, name="AuditPage")
