"""What the API says and takes of webhooks."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, ListQuery, Strict, page_of
from core.webhooks.models import SENDING, STATES
from core.webhooks.sending import HELD

WAITS = "Why it waits though it may be due: the organisation is suspended, the address off or stopped. Null: nothing keeps it."
EVENTS = "Names of events, as `customer.updated`; `*` alone for every one."


class WebhookEndpoint(Schema):
    id = fields.UUID()
    name = fields.String()
    url = fields.String()
    events = fields.List(fields.String(), metadata={"description": EVENTS})
    state = fields.String(
        metadata={
            "enum": list(STATES),
            "description": "`stopped`: it said that it is gone, or answered nothing for days.",
        }
    )
    old_until = Instant(allow_none=True, metadata={"description": "Until when the secret before signs too."})
    failing_since = Instant(
        allow_none=True, metadata={"description": "The first failure that no success has followed."}
    )
    created_at = Instant()
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


class WebhookEndpointWithSecret(WebhookEndpoint):
    secret = fields.String(metadata={"description": "Shown this once. Standard Webhooks: `whsec_` and base64."})


class WebhookEndpointList(Schema):
    data = fields.List(fields.Nested(WebhookEndpoint), required=True)
    next = fields.String(allow_none=True, metadata={"description": "Always null: there are few."})


class WebhookEndpointNew(Strict):
    name = fields.String(required=True, metadata={"maxLength": 80})
    url = fields.String(required=True, metadata={"maxLength": 500, "description": "Public, and https."})
    events = fields.List(fields.String(), required=True, metadata={"description": EVENTS})


class WebhookEndpointChange(Strict):
    name = fields.String(metadata={"maxLength": 80})
    url = fields.String(metadata={"maxLength": 500})
    events = fields.List(fields.String(), metadata={"description": EVENTS})
    on = fields.Boolean(truthy={True}, falsy={False}, metadata={"description": "Send to it, or no more."})


class SecretChange(Strict):
    at_once = fields.Boolean(
        load_default=False, truthy={True}, falsy={False},
        metadata={"description": "The secret before signs no more. Else it does for 24 hours."},
    )  # fmt: skip


class WebhookDelivery(Schema):
    id = fields.UUID()
    endpoint_id = fields.UUID()
    event_id = fields.UUID()
    event_name = fields.String()
    state = fields.String(metadata={"enum": list(SENDING)})
    tries = fields.Integer()
    next_at = Instant(allow_none=True)
    delivered_at = Instant(allow_none=True)
    answer = fields.Integer(allow_none=True, metadata={"description": "The HTTP status of the last answer."})
    error = fields.String(
        allow_none=True,
        metadata={"description": "Why the last try failed; `closing`: dropped, the organisation closes."},
    )
    held_by = fields.String(allow_none=True, metadata={"enum": [*HELD, None], "description": WAITS})
    created_at = Instant()
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


WebhookDeliveryPage = page_of(WebhookDelivery, name="WebhookDeliveryPage")


class WebhookDeliveryQuery(ListQuery):
    state = fields.String(load_default=None, validate=validate.OneOf(list(SENDING), error=NO_CHOICE))
    event = fields.String(load_default=None, metadata={"description": "Name of an event."})


class Resent(Schema):
    count = fields.Integer(metadata={"description": "How many are sent again."})
