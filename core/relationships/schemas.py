"""What the API says and takes of relationships."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, Strict, page_of
from core.relationships.roles import ROLES

_ROLE = validate.OneOf(list(ROLES), error=NO_CHOICE)


class Relationship(Schema):
    """`customer_id` is the role of `other_id`, from the first day to the last one, both counted."""

    id = fields.UUID()
    customer_id = fields.UUID()
    other_id = fields.UUID()
    role = fields.String(metadata={"enum": list(ROLES)})
    starts_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True)
    note = fields.String(allow_none=True)
    version = fields.Integer(metadata={"description": "The ETag, as a number."})
    created_at = Instant()
    updated_at = Instant()


class RelationshipOfCustomer(Schema):
    """As seen from one customer. `end` is the customer at the other end; its name is masked for who sees masks."""

    id = fields.UUID()
    customer_id = fields.UUID()
    other_id = fields.UUID()
    role = fields.String(metadata={"enum": list(ROLES)})
    end_is = fields.String(metadata={"description": "What the other end is to this customer, in words."})
    end_id = fields.UUID()
    end_number = fields.Integer()
    end_kind = fields.String()
    end_name = fields.String(metadata={"description": "Masked for a provider."})
    starts_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True)
    note = fields.String(allow_none=True)
    version = fields.Integer()


RelationshipPage = page_of(RelationshipOfCustomer, name="RelationshipPage")


class RelationshipQuery(Strict):
    ended = fields.Boolean(load_default=False, metadata={"description": "Those that ended too."})


class RelationshipNew(Strict):
    other_id = fields.UUID(required=True)
    role = fields.String(required=True, validate=_ROLE)
    starts_on = fields.Date(load_default=None, allow_none=True)
    ends_on = fields.Date(load_default=None, allow_none=True)
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))


class RelationshipChange(Strict):
    starts_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True)
    note = fields.String(allow_none=True, validate=validate.Length(max=500))
