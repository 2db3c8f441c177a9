"""What the API says and takes of duplicates."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, ListQuery, Strict, page_of
from core.duplicates.queries import SHOWN
from core.duplicates.service import NOTE_LIMIT


class MatchTerm(Schema):
    field = fields.String()
    level = fields.String(metadata={"enum": ["same", "close", "alike", "different", "missing"]})
    weight = fields.Float(
        metadata={"description": "In bits: log2 of how much more often it is seen of one customer than of two."}
    )


class DuplicatePair(Schema):
    id = fields.UUID()
    customer_id = fields.UUID()
    other_id = fields.UUID()
    state = fields.String(metadata={"enum": ["open", "not_duplicate", "merged"]})
    source = fields.String(metadata={"enum": ["run", "create", "import"]})
    weight = fields.Float(
        metadata={"description": "log2 odds that the two are one: the terms and what two at random weigh."}
    )
    likelihood = fields.Float(metadata={"description": "The same, from 0 to 1."})
    terms = fields.List(fields.Nested(MatchTerm))
    note = fields.String(allow_none=True)
    assignee_id = fields.UUID(allow_none=True)
    decided_at = Instant(allow_none=True)
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


DuplicatePairPage = page_of(DuplicatePair, name="DuplicatePairPage")


class DuplicateQuery(ListQuery):
    show = fields.String(load_default="open", validate=validate.OneOf(list(SHOWN), error=NO_CHOICE))


class DuplicateDecision(Strict):
    decision = fields.String(
        required=True, validate=validate.OneOf(["not_duplicate", "skip", "reopen"], error=NO_CHOICE)
    )
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=NOTE_LIMIT))


class DuplicateRun(Schema):
    id = fields.UUID()
    state = fields.String()
    cursor = fields.Integer()
    total = fields.Integer(allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    version = fields.Integer()


class DuplicateRunNew(Strict):
    whole = fields.Boolean(load_default=False, metadata={"description": "All customers, not only those changed since."})


class LeaseAnswer(Strict):
    engagement_id = fields.UUID(required=True)
    lease = fields.String(required=True, validate=validate.OneOf(["keep", "end"], error=NO_CHOICE))


class MergeNew(Strict):
    survivor_id = fields.UUID(required=True)
    customer_id = fields.UUID(required=True, metadata={"description": "Goes into the survivor."})
    take = fields.List(
        fields.String(validate=validate.Length(max=200)), load_default=list, validate=validate.Length(max=500),
        metadata={"description": "Fields of which the merged customer's value survives."},
    )  # fmt: skip
    leases = fields.List(
        fields.Nested(LeaseAnswer), load_default=list, validate=validate.Length(max=100),
        metadata={"description": "For each engagement that has one of the two on lease: whether its lease goes on."},
    )  # fmt: skip
    reason = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=NOTE_LIMIT))


class LeftRow(Schema):
    table = fields.String()
    row_id = fields.UUID()
    field = fields.String(allow_none=True)


class MadeRow(Schema):
    table = fields.String()
    id = fields.UUID()
    created_at = Instant()


class CustomerMerge(Schema):
    id = fields.UUID()
    survivor_id = fields.UUID()
    customer_id = fields.UUID()
    state = fields.String(metadata={"enum": ["done", "undone"]})
    reason = fields.String(allow_none=True)
    taken = fields.List(fields.String())
    counts = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"description": "Rows moved, by table."}
    )
    left = fields.List(
        fields.Nested(LeftRow), metadata={"description": "What an undo left, because it was changed since."}
    )
    since = fields.List(
        fields.Nested(MadeRow), metadata={"description": "Rows made while the two were one, with the survivor."}
    )
    created_at = Instant()
    undone_at = Instant(allow_none=True)
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


class RowNamed(Strict):
    table = fields.String(required=True, validate=validate.Length(max=80))
    id = fields.UUID(required=True)


class RowsToMove(Strict):
    rows = fields.List(fields.Nested(RowNamed), required=True, validate=validate.Length(min=1, max=1000))


class RowsMoved(Schema):
    moved = fields.Integer()
