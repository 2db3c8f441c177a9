"""What the API says and takes of contact points, people, consents and do-not-contact entries."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, Strict, page_of
from core.contacts.labels import CHANNEL_LABELS, PURPOSE_LABELS, STATUS_LABELS
from core.contacts.models import STALE_REASONS, VERIFIED_HOW

KINDS = ("phone", "email", "address", "chat")
_MASKED = {"description": "Masked for a provider."}


class AddressParts(Strict):
    country = fields.String(metadata={"description": "ISO 3166, two letters."})
    region = fields.String(validate=validate.Length(max=200))
    city = fields.String(validate=validate.Length(max=200))
    district = fields.String(validate=validate.Length(max=200))
    street = fields.String(validate=validate.Length(max=200), metadata=_MASKED)
    postal_code = fields.String(validate=validate.Length(max=20), metadata=_MASKED)


class ContactPoint(Schema):
    id = fields.UUID()
    customer_id = fields.UUID()
    contact_id = fields.UUID(allow_none=True, metadata={"description": "The person whom alone it reaches."})
    kind = fields.String(metadata={"enum": list(KINDS)})
    value = fields.String(metadata=_MASKED)
    parts = fields.Nested(AddressParts, allow_none=True)
    label = fields.String(allow_none=True)
    preferred = fields.Boolean()
    verified_at = Instant(allow_none=True)
    verified_how = fields.String(allow_none=True, metadata={"enum": list(VERIFIED_HOW)})
    verified_by = fields.UUID(allow_none=True)
    stale_since = Instant(allow_none=True)
    stale_reason = fields.String(allow_none=True, metadata={"enum": list(STALE_REASONS)})
    version = fields.Integer(metadata={"description": "The ETag, as a number."})
    created_at = Instant()
    updated_at = Instant()


ContactPointPage = page_of(ContactPoint, name="ContactPointPage")


class ContactPointNew(Strict):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS, error=NO_CHOICE))
    value = fields.String(metadata={"description": "Not of an address in parts."})
    parts = fields.Nested(AddressParts)
    label = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))
    preferred = fields.Boolean(load_default=False)
    contact_id = fields.UUID(load_default=None, allow_none=True)


class ContactPointChange(Strict):
    label = fields.String(allow_none=True, validate=validate.Length(max=40))
    preferred = fields.Boolean(validate=validate.Equal(True, error=NO_CHOICE))
    parts = fields.Nested(AddressParts)


class Verification(Strict):
    how = fields.String(required=True, validate=validate.OneOf(VERIFIED_HOW, error=NO_CHOICE))


class Staleness(Strict):
    reason = fields.String(
        required=True, allow_none=True, validate=validate.OneOf(STALE_REASONS, error=NO_CHOICE),
        metadata={"description": "null: it reaches the customer again."},
    )  # fmt: skip


class Contact(Schema):
    id = fields.UUID()
    customer_id = fields.UUID()
    name = fields.String(metadata=_MASKED)
    role = fields.String(allow_none=True)
    locale = fields.String(allow_none=True)
    preferred = fields.Boolean()
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


ContactPage = page_of(Contact, name="ContactPage")


class ContactNew(Strict):
    name = fields.String(required=True)
    role = fields.String(load_default=None, allow_none=True)
    locale = fields.String(load_default=None, allow_none=True)
    preferred = fields.Boolean(load_default=False)


class ContactChange(Strict):
    name = fields.String()
    role = fields.String(allow_none=True)
    locale = fields.String(allow_none=True)
    preferred = fields.Boolean(validate=validate.Equal(True, error=NO_CHOICE))


class Consent(Schema):
    id = fields.UUID()
    customer_id = fields.UUID()
    purpose = fields.String()
    channel = fields.String()
    status = fields.String()
    basis = fields.String()
    captured_at = Instant()
    expires_at = Instant(allow_none=True)
    evidence = fields.String(
        allow_none=True,
        metadata={"description": "What proves the answer. A provider's people do not see what it says."},
    )
    evidenced = fields.Boolean(metadata={"description": "Whether there is evidence."})
    text_version = fields.String(allow_none=True)
    version = fields.Integer()


ConsentPage = page_of(Consent, name="ConsentPage")


class ConsentNew(Strict):
    purpose = fields.String(required=True, validate=validate.OneOf(list(PURPOSE_LABELS), error=NO_CHOICE))
    channel = fields.String(required=True, validate=validate.OneOf(list(CHANNEL_LABELS), error=NO_CHOICE))
    status = fields.String(required=True, validate=validate.OneOf(list(STATUS_LABELS), error=NO_CHOICE))
    basis = fields.String(
        load_default="consent",
        validate=validate.OneOf(["consent", "contract", "legal", "public", "legitimate_interest"], error=NO_CHOICE),
    )
    captured_at = Instant(load_default=None, allow_none=True)
    expires_at = Instant(load_default=None, allow_none=True)
    evidence = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=300))
    text_version = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))


class DoNotContact(Schema):
    id = fields.UUID()
    customer_id = fields.UUID()
    purpose = fields.String()
    channel = fields.String()
    reason = fields.String()
    until = Instant(allow_none=True)
    stands = fields.Boolean()
    created_at = Instant()
    version = fields.Integer()


DoNotContactPage = page_of(DoNotContact, name="DoNotContactPage")


class DoNotContactNew(Strict):
    purpose = fields.String(load_default="any", validate=validate.OneOf(list(PURPOSE_LABELS), error=NO_CHOICE))
    channel = fields.String(load_default="any", validate=validate.OneOf(list(CHANNEL_LABELS), error=NO_CHOICE))
    reason = fields.String(required=True, validate=validate.Length(min=1, max=300))
    until = Instant(load_default=None, allow_none=True)


class DoNotContactEnd(Strict):
    reason = fields.String(required=True, validate=validate.Length(min=1, max=300))
