"""What the API says and takes of engagements, data grants, lists, proofs, sites and seats."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, ListQuery, Strict, page_of
from core.engagements.models import GRANT_STATES, LIST_STATES, STATES
from core.engagements.seat_models import SEAT_STATES, SITE_KINDS
from core.engagements.terms import MEASURES, METHODS, POLICIES

NUMBERS = "Numbers and ranges: `1001-1050, 1077`."
LONGEST = 2_500_000


class Engagement(Schema):
    id = fields.UUID()
    name = fields.String()
    purpose = fields.String()
    criticality = fields.String()
    state = fields.String(metadata={"enum": list(STATES)})
    provider_name = fields.String(metadata={"description": "Empty until the engagement is offered to a provider."})
    ends_at = Instant(allow_none=True)
    offered_at = Instant(allow_none=True)
    accepted_at = Instant(allow_none=True)
    closed_at = Instant(allow_none=True)
    leased = fields.Integer(metadata={"description": "Customers leased now."})
    grants = fields.Integer(metadata={"description": "Data grants in force."})
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


class EngagementNew(Strict):
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    purpose = fields.String(required=True)
    criticality = fields.String(load_default="ordinary")
    ends_at = Instant(load_default=None, allow_none=True)


class EngagementStep(Strict):
    event = fields.String(required=True, metadata={"description": "The step, as `suspend`."})
    reason = fields.String(load_default="", metadata={"maxLength": 500})


class EngagementOffer(Strict):
    code = fields.String(required=True, metadata={"description": "What the provider's admin made and handed over."})


EngagementPage = page_of(Engagement, name="EngagementPage")


class EngagementQuery(ListQuery):
    """No more than the shared words of a list."""


class DataGrant(Schema):
    id = fields.UUID()
    engagement_id = fields.UUID()
    purpose = fields.String()
    shown = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        attribute="fields",
        data_key="fields",
        metadata={"description": "Mask policy by field."},
    )
    countries = fields.List(fields.String())
    site_ids = fields.List(fields.String())
    skills = fields.List(fields.String())
    methods = fields.List(fields.String())
    measures = fields.List(fields.String())
    row_budget = fields.Integer(allow_none=True, metadata={"description": "Different customers over the whole grant."})
    used = fields.Integer(metadata={"description": "Different customers leased under it so far."})
    reason = fields.String()
    state = fields.String(metadata={"enum": list(GRANT_STATES)})
    starts_at = Instant()
    ends_at = Instant()
    asked_name = fields.String()
    asked_party = fields.String(metadata={"enum": ["client", "provider"]})
    widens_id = fields.UUID(allow_none=True, metadata={"description": "The grant whose place it takes once approved."})
    checked_name = fields.String()
    approved_name = fields.String()
    end_reason = fields.String()
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


DataGrantPage = page_of(DataGrant, name="DataGrantPage")


class DataGrantNew(Strict):
    purpose = fields.String(required=True)
    shown = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(POLICIES, error=NO_CHOICE)),
        required=True,
        data_key="fields",
        attribute="fields",
    )
    countries = fields.List(fields.String(), required=True)
    site_ids = fields.List(fields.String(), load_default=list)
    skills = fields.List(fields.String(), load_default=list)
    methods = fields.List(fields.String(validate=validate.OneOf(list(METHODS), error=NO_CHOICE)), required=True)
    measures = fields.List(fields.String(validate=validate.OneOf(list(MEASURES), error=NO_CHOICE)), load_default=list)
    row_budget = fields.Integer(load_default=None, allow_none=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    reason = fields.String(required=True)
    widens_id = fields.UUID(
        load_default=None, allow_none=True,
        metadata={"description": "A grant in force that is to be replaced by this wider one."},
    )  # fmt: skip


class DataGrantCheck(Strict):
    passed = fields.Boolean(required=True)
    note = fields.String(load_default="")
    sensitive = fields.Boolean(load_default=False, metadata={"description": "Sensitive fields may be seen clear."})


class DataGrantApproval(Strict):
    approved = fields.Boolean(required=True)
    note = fields.String(load_default="")


class Why(Strict):
    reason = fields.String(required=True, metadata={"description": "Both sides see it."})


class LeaseList(Schema):
    id = fields.UUID()
    number = fields.Integer()
    engagement_id = fields.UUID()
    data_grant_id = fields.UUID()
    name = fields.String()
    purpose = fields.String()
    state = fields.String(metadata={"enum": list(LIST_STATES)})
    size = fields.Integer()
    expires_at = Instant()
    ended_at = Instant(allow_none=True)
    end_reason = fields.String()
    proof_id = fields.UUID(allow_none=True)
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


LeaseListPage = page_of(LeaseList, name="LeaseListPage")


class LeaseListNew(Strict):
    name = fields.String(required=True)
    purpose = fields.String(required=True)
    expires_at = Instant(required=True)
    numbers = fields.String(required=True, metadata={"description": NUMBERS, "maxLength": LONGEST})


class LeaseListLook(Strict):
    purpose = fields.String(required=True)
    expires_at = Instant(required=True)
    numbers = fields.String(required=True, metadata={"description": NUMBERS, "maxLength": LONGEST})


class LeaseListCount(Schema):
    given = fields.Integer()
    known = fields.Integer(metadata={"description": "Active customers among the numbers."})
    fresh = fields.Integer(metadata={"description": "New to the data grant."})
    held = fields.Integer(metadata={"description": "Leased under the grant before."})
    budget = fields.Integer(allow_none=True)
    over = fields.Integer(metadata={"description": "Too many for the grant."})


class LeaseListExtension(Strict):
    expires_at = Instant(required=True)


class Declaration(Strict):
    confirmed = fields.Boolean(required=True, metadata={"description": "That nothing is held any more."})
    note = fields.String(load_default="")


class ReturnProof(Schema):
    id = fields.UUID()
    engagement_id = fields.UUID()
    lease_list_id = fields.UUID(allow_none=True)
    data_grant_id = fields.UUID(allow_none=True)
    document = fields.String()
    digest = fields.String(metadata={"description": "SHA-256 of the document, in hex."})
    signature = fields.String(metadata={"description": "Ed25519 of the document, in hex; empty for an old one."})
    counts = fields.Dict()
    signed_party = fields.String()
    signed_name = fields.String()
    created_at = Instant()


class Site(Schema):
    id = fields.UUID()
    name = fields.String()
    country = fields.String()
    city = fields.String()
    kind = fields.String(metadata={"enum": list(SITE_KINDS)})
    seats = fields.Integer(metadata={"description": "Seats that are let in."})


SitePage = page_of(Site, name="SitePage")


class SiteNew(Strict):
    name = fields.String(required=True)
    country = fields.String(required=True)
    city = fields.String(load_default="")
    kind = fields.String(load_default="provider_site", validate=validate.OneOf(SITE_KINDS, error=NO_CHOICE))


class Seat(Schema):
    id = fields.UUID()
    label = fields.String()
    site = fields.String()
    country = fields.String()
    network = fields.String(allow_none=True)
    needs_device = fields.Boolean()
    state = fields.String(metadata={"enum": list(SEAT_STATES)})


SeatPage = page_of(Seat, name="SeatPage")


class SeatNew(Strict):
    site_id = fields.UUID(required=True)
    label = fields.String(required=True)
    network = fields.String(load_default="")
    needs_device = fields.Boolean(load_default=False)


class SeatState(Strict):
    state = fields.String(required=True, validate=validate.OneOf(SEAT_STATES, error=NO_CHOICE))
