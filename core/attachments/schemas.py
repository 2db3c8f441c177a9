"""What the API says and takes of attachments."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import Instant, ListQuery, Strict, page_of

MOST_TEXT = 36 * 1024 * 1024
"""25 MB in base64, and some."""


class Attachment(Schema):
    id = fields.UUID()
    customer_id = fields.UUID()
    case_id = fields.UUID(allow_none=True)
    name = fields.String(
        metadata={"description": "With the ending of what the file is. Told by kind to who sees masks."}
    )
    note = fields.String(allow_none=True)
    media_type = fields.String(metadata={"description": "By the content."})
    size = fields.Integer(metadata={"description": "In bytes."})
    sha256 = fields.String()
    party = fields.String(metadata={"enum": ["client", "provider", "system"]})
    shared = fields.Boolean(metadata={"description": "The provider to which the customer is leased sees it."})
    version = fields.Integer(metadata={"description": "The ETag, as a number."})
    created_at = Instant()
    updated_at = Instant()


AttachmentPage = page_of(Attachment, name="AttachmentPage")


class AttachmentQuery(ListQuery):
    pass


class AttachmentNew(Strict):
    name = fields.String(required=True, validate=validate.Length(min=1, max=255))
    content = fields.String(
        required=True, validate=validate.Length(max=MOST_TEXT),
        metadata={"description": "The file in base64, up to 25 MB.", "format": "byte"},
    )  # fmt: skip
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))
    shared = fields.Boolean(load_default=False)


class AttachmentChange(Strict):
    note = fields.String(allow_none=True, validate=validate.Length(max=500))
    shared = fields.Boolean()
