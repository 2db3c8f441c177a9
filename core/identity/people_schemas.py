"""What the API says and takes of people, roles, units and invitations."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, ListQuery, Strict, page_of
from core.identity.people import NAME
from core.identity.reach import REACHES

ROLE = {"description": "Key of a built-in role, or of one of the workspace's own (`GET /roles`)."}
REACH = {
    "enum": list(REACHES),
    "description": "`all` and `leased` are the widest of each side. A `condition` is made on the person's page and only kept here.",
}


class RoleGiven(Schema):
    id = fields.UUID()
    role = fields.String(metadata=ROLE)
    reach = fields.String(metadata=REACH)
    unit_id = fields.UUID(allow_none=True, metadata={"description": "Null: the person's own unit."})
    starts_at = Instant()
    ends_at = Instant(allow_none=True)


class Person(Schema):
    id = fields.UUID()
    shown_name = fields.String()
    email = fields.String(allow_none=True)
    party = fields.String(metadata={"enum": ["client", "provider"]})
    agent_no = fields.String(allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    roles = fields.List(fields.Nested(RoleGiven), metadata={"description": "Those in force and those to come."})
    active = fields.Boolean()
    last_seen_at = Instant(allow_none=True)
    second_factors = fields.List(fields.String(metadata={"enum": ["totp", "passkey"]}))
    created_at = Instant()
    ended_at = Instant(allow_none=True)
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


PeoplePage = page_of(Person, name="PeoplePage")


class PeopleQuery(ListQuery):
    show = fields.String(load_default="active", validate=validate.OneOf(["active", "left", "any"], error=NO_CHOICE))
    role = fields.String(load_default=None, metadata=ROLE)
    unit_id = fields.UUID(load_default=None)


class RoleToGive(Strict):
    role = fields.String(required=True, metadata=ROLE)
    reach = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(list(REACHES), error=NO_CHOICE),
        metadata={"description": "The widest of the side if it is left out."},
    )  # fmt: skip
    unit_id = fields.UUID(load_default=None, allow_none=True)
    starts_at = fields.AwareDateTime(load_default=None, allow_none=True)
    ends_at = fields.AwareDateTime(load_default=None, allow_none=True)


class PersonRoles(Strict):
    roles = fields.List(fields.Nested(RoleToGive), required=True)


class PersonPatch(Strict):
    shown_name = fields.String(metadata={"maxLength": NAME})
    unit_id = fields.UUID(allow_none=True)


class AccessEnd(Strict):
    reason = fields.String(required=True, metadata={"description": "Kept in the audit trail."})


class Invitation(Schema):
    id = fields.UUID()
    email = fields.String()
    shown_name = fields.String()
    roles = fields.List(fields.String(metadata=ROLE))
    unit_id = fields.UUID(allow_none=True)
    expires_at = Instant()
    sent_at = Instant(allow_none=True)
    created_at = Instant()
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


class InvitationList(Schema):
    data = fields.List(fields.Nested(Invitation), required=True)
    next = fields.String(allow_none=True, metadata={"description": "Always null: the newest hundred that are open."})


class InvitationSent(Strict):
    email = fields.String(required=True, metadata={"format": "email"})
    shown_name = fields.String(required=True, metadata={"maxLength": NAME})
    roles = fields.List(fields.Nested(RoleToGive), required=True)
    unit_id = fields.UUID(load_default=None, allow_none=True)
    locale = fields.String(load_default=None, validate=validate.OneOf(["zh-CN", "en"], error=NO_CHOICE))


class Role(Schema):
    key = fields.String(metadata=ROLE)
    label = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Text by language."})
    about = fields.String()
    permissions = fields.List(fields.String())
    parties = fields.List(fields.String(metadata={"enum": ["client", "provider"]}))
    own = fields.Boolean(metadata={"description": "Whether it is the workspace's own; built-in ones do not change."})
    dated = fields.Boolean(metadata={"description": "Given until a day only."})
    archived = fields.Boolean()
    people = fields.Integer(metadata={"description": "How many hold it now."})
    version = fields.Integer(metadata={"description": "The ETag, as a number; 0 for a built-in role."})


class RoleList(Schema):
    data = fields.List(fields.Nested(Role), required=True)
    next = fields.String(allow_none=True, metadata={"description": "Always null: there are few."})


class RoleValues(Strict):
    label = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    about = fields.String(load_default="")
    permissions = fields.List(fields.String(), required=True)
    parties = fields.List(fields.String(metadata={"enum": ["client", "provider"]}), required=True)


class Unit(Schema):
    id = fields.UUID()
    key = fields.String(metadata={"description": "As other systems name it; unique in the workspace."})
    name = fields.String()
    parent_id = fields.UUID(allow_none=True)
    depth = fields.Integer(metadata={"description": "0 at the top."})
    people = fields.Integer()
    archived = fields.Boolean()
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


class UnitList(Schema):
    data = fields.List(fields.Nested(Unit), required=True, metadata={"description": "Parents before children."})
    next = fields.String(allow_none=True, metadata={"description": "Always null: the whole tree."})


class UnitQuery(ListQuery):
    archived = fields.Boolean(load_default=False)


class UnitValues(Strict):
    name = fields.String(required=True)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    key = fields.String(load_default=None, allow_none=True)


class UnitPatch(Strict):
    name = fields.String()
    parent_id = fields.UUID(allow_none=True)
