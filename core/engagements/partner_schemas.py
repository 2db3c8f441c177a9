"""What the API says and takes of partner codes, offers, people's profiles and invented customers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import Instant, Strict, page_of
from core.engagements.canaries import MOST


class PartnerCode(Schema):
    id = fields.UUID()
    hint = fields.String(metadata={"description": "The last four characters."})
    expires_at = Instant()


class PartnerCodeMade(Schema):
    code = fields.String(metadata={"description": "Shown once; it serves one client once."})


class Offer(Schema):
    id = fields.UUID()
    client_name = fields.String()
    name = fields.String()
    purpose = fields.String()
    state = fields.String()
    ends_at = Instant(allow_none=True)
    offered_at = Instant(allow_none=True)
    accepted_at = Instant(allow_none=True)


class OfferAnswer(Strict):
    accept = fields.Boolean(required=True, metadata={"description": "False declines: the client looks on."})


class OfferAnswered(Schema):
    id = fields.UUID()
    accepted = fields.Boolean()


class Certificate(Strict):
    key = fields.String(required=True, validate=validate.Length(min=1, max=40))
    valid_to = fields.Date(required=True)


class AgentProfile(Schema):
    """A provider's person, and what they are trained for."""

    id = fields.UUID()
    shown_name = fields.String()
    agent_no = fields.String(allow_none=True)
    roles = fields.List(fields.String())
    skills = fields.List(fields.String(), allow_none=True)
    languages = fields.List(fields.String(), allow_none=True)
    certificates = fields.List(fields.Dict(), allow_none=True)
    nda_signed_on = fields.Date(allow_none=True)
    checked_on = fields.Date(allow_none=True)
    site_id = fields.UUID(allow_none=True)
    ended_at = Instant(allow_none=True)


class AgentProfileValues(Strict):
    """The whole profile: what is left out is empty."""

    skills = fields.List(fields.String(), load_default=list)
    languages = fields.List(fields.String(), load_default=list)
    certificates = fields.List(fields.Nested(Certificate), load_default=list)
    nda_signed_on = fields.Date(load_default=None, allow_none=True)
    checked_on = fields.Date(load_default=None, allow_none=True)
    site_id = fields.UUID(load_default=None, allow_none=True)


class Canary(Schema):
    id = fields.UUID()
    customer_id = fields.UUID()
    created_at = Instant()


class CanariesNew(Strict):
    count = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=MOST))


class CanarySign(Strict):
    reached = fields.String(required=True, metadata={"description": "The number called or the address written to."})
    note = fields.String(required=True, metadata={"description": "Who called or wrote, and when."})


class CanaryAlarm(Schema):
    kind = fields.String(metadata={"enum": ["contact", "gate", "reveal", "report"]})
    happened_at = Instant()
    note = fields.String()
    list_number = fields.Integer(attribute="number", metadata={"description": "Of the list that got out."})
    customer_id = fields.UUID()
    seen_in = fields.UUID(allow_none=True, metadata={"description": "The engagement in which it was touched."})


class Noted(Schema):
    kind = fields.String()
    happened_at = Instant()


PartnerCodePage = page_of(PartnerCode, name="PartnerCodePage")
OfferPage = page_of(Offer, name="OfferPage")
AgentProfilePage = page_of(AgentProfile, name="AgentProfilePage")
CanaryPage = page_of(Canary, name="CanaryPage")
CanaryAlarmPage = page_of(CanaryAlarm, name="CanaryAlarmPage")


class ClosedEngagement(Schema):
    engagement_id = fields.UUID()
    name = fields.String()
    client_name = fields.String()
    closed_at = Instant()
    lists = fields.Integer(metadata={"description": "Lists without a proof."})
    grants = fields.Integer(metadata={"description": "Data grants without a proof."})
    customers = fields.Integer(metadata={"description": "Different customers who were lent."})
    ids_sha256 = fields.String(metadata={"description": "SHA-256 of their ids, one a line, sorted."})
    files = fields.Integer(metadata={"description": "Exported files that are still kept."})


ClosedEngagementPage = page_of(ClosedEngagement, name="ClosedEngagementPage")
