"""What the API says and takes of segments and grades."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import Instant, ListQuery, Strict, page_of
from core.segments.grade_screen import CAUSES
from core.segments.schemes import BASES, PERIODS
from core.segments.service import CRITERIA, MODES

KEY = "Qualified: `own.<key>`, or `<vertical>.<key>` of one that a vertical declares."


class SegmentFault(Schema):
    place = fields.String(metadata={"description": "A JSON path into the condition."})
    code = fields.String()
    message = fields.String()


class Segment(Schema):
    key = fields.String(metadata={"description": KEY})
    id = fields.UUID(allow_none=True, metadata={"description": "None of one that a vertical declares."})
    name = fields.String()
    purpose = fields.String()
    mode = fields.String(metadata={"enum": list(MODES)})
    condition = fields.Raw(
        allow_none=True, metadata={"type": "object", "description": "A tree; see the guide of conditions."}
    )
    state = fields.String(metadata={"enum": ["active", "archived"]})
    criteria = fields.Dict(
        keys=fields.String(), values=fields.String(),
        metadata={"description": f"Answers, yes or no, to {', '.join(CRITERIA)}."},
    )  # fmt: skip
    size = fields.Integer(allow_none=True, metadata={"description": "Of a snapshot, when it was taken."})
    taken_at = Instant(allow_none=True)
    taking = fields.Boolean(metadata={"description": "Whether its members are being taken."})
    faults = fields.List(
        fields.Nested(SegmentFault), metadata={"description": "Why it cannot be used; empty where it can be."}
    )
    version = fields.Integer(metadata={"description": "The ETag, as a number; 0 of one that a vertical declares."})


class SegmentNew(Strict):
    name = fields.String(required=True, validate=validate.Length(min=1, max=80))
    mode = fields.String(required=True, metadata={"enum": list(MODES)})
    condition = fields.Raw(load_default=None, allow_none=True, metadata={"type": "object"})
    key = fields.String(load_default="", validate=validate.Length(max=40))
    purpose = fields.String(load_default="", validate=validate.Length(max=500))


class SegmentChange(Strict):
    name = fields.String(validate=validate.Length(min=1, max=80))
    mode = fields.String(metadata={"enum": list(MODES)})
    condition = fields.Raw(allow_none=True, metadata={"type": "object"})
    purpose = fields.String(validate=validate.Length(max=500))
    state = fields.String(metadata={"enum": ["active", "archived"]})


class SegmentQuery(ListQuery):
    archived = fields.Boolean(load_default=False)


class SegmentCount(Schema):
    count = fields.Integer()
    capped = fields.Boolean(metadata={"description": "There are more; counting stopped."})


class SegmentPreview(Strict):
    condition = fields.Raw(required=True, metadata={"type": "object"})


class OverlapQuery(Strict):
    a = fields.String(required=True, metadata={"description": KEY})
    b = fields.String(required=True, metadata={"description": KEY})


class Overlap(Schema):
    only_a = fields.Integer()
    both = fields.Integer()
    only_b = fields.Integer()
    of_a = fields.Float(allow_none=True, metadata={"description": "`both` over all of a; null where that is empty."})
    of_b = fields.Float(allow_none=True)
    jaccard = fields.Float(allow_none=True)


class Member(Schema):
    id = fields.UUID()
    number = fields.Integer()


class Treatment(Schema):
    contact_cap = fields.Integer(allow_none=True, metadata={"description": "Contacts a week at most."})
    priority = fields.Integer(allow_none=True, metadata={"description": "1 is served first."})
    offer_ceiling_minor = fields.Integer(allow_none=True, metadata={"description": "In the currency's smallest unit."})


class TreatmentNew(Strict):
    contact_cap = fields.Integer(allow_none=True, strict=True)
    priority = fields.Integer(allow_none=True, strict=True)
    offer_ceiling_minor = fields.Integer(allow_none=True, strict=True)


class Grade(Schema):
    key = fields.String(metadata={"description": "What `customer.grade` says; A is the highest."})
    label = fields.Dict(keys=fields.String(), values=fields.String())
    cut = fields.Integer(
        allow_none=True, metadata={"description": "A share in hundredths of a percent, or a value as stored."}
    )
    treatment = fields.Nested(Treatment)


class GradeNew(Strict):
    label = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    cut = fields.Integer(
        load_default=None, allow_none=True, strict=True,
        metadata={"description": "As in `Grade`; the lowest grade has none of its own."},
    )  # fmt: skip
    treatment = fields.Nested(TreatmentNew, load_default=dict)


class GradeOfTrial(Schema):
    key = fields.String()
    cut = fields.String(allow_none=True, metadata={"description": "The least value of the grade."})
    count = fields.Integer()
    value = fields.String(metadata={"description": "What its customers' values come to."})


GradeMove = Schema.from_dict(
    {"from": fields.String(allow_none=True), "to": fields.String(), "count": fields.Integer()}, name="GradeMove"
)


class GradeTrial(Schema):
    """Who would be where, and how uneven the values are."""

    at = fields.String(metadata={"format": "date-time"})
    customers = fields.Integer()
    valued = fields.Integer(metadata={"description": "Those that have a value; the others are not graded."})
    grades = fields.List(fields.Nested(GradeOfTrial))
    total = fields.String()
    moves = fields.List(
        fields.Nested(GradeMove), metadata={"description": "Of all who have a value, by grade now and then."}
    )
    gini = fields.Float(allow_none=True)
    lorenz = fields.List(fields.List(fields.Float()))


class GradeScheme(Schema):
    id = fields.UUID()
    name = fields.String()
    state = fields.String(metadata={"enum": ["draft", "live", "retired"]})
    basis = fields.String(metadata={"enum": list(BASES)})
    field = fields.String(allow_none=True)
    period = fields.String(metadata={"enum": list(PERIODS)})
    promote_after = fields.Integer()
    demote_after = fields.Integer()
    second_person = fields.Boolean()
    verified = fields.Boolean(metadata={"description": "Whether somebody stands for the numbers."})
    grades = fields.List(fields.Nested(Grade))
    activated_at = Instant(allow_none=True)
    evaluated = fields.String(
        allow_none=True, metadata={"description": "The last period that was evaluated, as `2026-11`."}
    )
    simulation = fields.Nested(
        GradeTrial, allow_none=True, metadata={"description": "Of the draft as it is; null where it was changed since."}
    )
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


class GradeSchemeQuery(ListQuery):
    """The latest first."""


class GradeSchemeNew(Strict):
    name = fields.String(required=True, validate=validate.Length(min=1, max=80))
    field = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "Qualified: the number by which customers are ranked."},
    )


class GradeSchemeChange(Strict):
    name = fields.String(validate=validate.Length(min=1, max=80))
    basis = fields.String(metadata={"enum": list(BASES)})
    field = fields.String()
    period = fields.String(metadata={"enum": list(PERIODS)})
    promote_after = fields.Integer(strict=True)
    demote_after = fields.Integer(strict=True)
    second_person = fields.Boolean()
    verified = fields.Boolean()
    grades = fields.List(fields.Nested(GradeNew), metadata={"description": "From the highest to the lowest."})


class GradeActivation(Schema):
    state = fields.String(metadata={"enum": ["draft", "live"]})
    approval_id = fields.UUID(allow_none=True, metadata={"description": "What a second person is to decide."})


class GradeChange(Schema):
    period = fields.String()
    before = fields.String(allow_none=True)
    after = fields.String(allow_none=True)
    cause = fields.String(metadata={"enum": list(CAUSES)})
    value = fields.Decimal(as_string=True, allow_none=True)
    cut = fields.Decimal(as_string=True, allow_none=True)
    periods = fields.Integer(allow_none=True)
    reason = fields.String(allow_none=True)
    created_at = Instant()


class GradeSet(Strict):
    grade = fields.String(required=True)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))
    until = Instant(required=True)


class GradeStanding(Schema):
    grade = fields.String(allow_none=True)
    own = fields.String(allow_none=True, metadata={"description": "Its own standing, beneath a grade set by hand."})
    override_until = Instant(allow_none=True)
    history = fields.List(fields.Nested(GradeChange))


SegmentPage = page_of(Segment, name="SegmentPage")
MemberPage = page_of(Member, name="MemberPage")
GradeSchemePage = page_of(GradeScheme, name="GradeSchemePage")
