"""What the API says and takes of reveals and exact searches."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, Strict
from core.privacy.reasons import REASONS
from core.privacy.search import KINDS
from core.privacy.service import NOTE_LIMIT


class RevealNew(Strict):
    """One value of one customer, of one record or of one case."""

    customer_id = fields.UUID(load_default=None, allow_none=True)
    record_id = fields.UUID(load_default=None, allow_none=True)
    case_id = fields.UUID(load_default=None, allow_none=True)
    field = fields.String(
        required=True,
        validate=validate.Length(min=1, max=100),
        metadata={
            "description": "A field (`phone`, `<vertical>.<field>`), `point:<id>`, `number:<id>`, or a text:"
            " `note:<id>` of the timeline; of a case `title`, `comment:<id>`, `step:<id>`."
        },
    )
    reason = fields.String(required=True, validate=validate.OneOf(list(REASONS), error=NO_CHOICE))
    note = fields.String(load_default="", validate=validate.Length(max=NOTE_LIMIT))
    work_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "An open case of yours, or a contact that is going on; the newest, if not given."},
    )


class Reveal(Schema):
    """The value may be shown until `until`, with the watermark over it, and kept nowhere."""

    id = fields.UUID()
    customer_id = fields.UUID()
    record_id = fields.UUID(allow_none=True)
    case_id = fields.UUID(allow_none=True)
    field = fields.String()
    value = fields.String()
    shown_at = Instant()
    until = Instant()
    watermark = fields.List(fields.String())


class ExactSearchNew(Strict):
    """In the body, so that no number stands in an address."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS, error=NO_CHOICE))
    value = fields.String(required=True, validate=validate.Length(min=1, max=200))


class FoundCustomer(Schema):
    id = fields.UUID()


class CustomersFound(Schema):
    data = fields.List(fields.Nested(FoundCustomer), required=True)
