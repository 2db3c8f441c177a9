"""What the API says and takes of searches."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Strict
from core.search.queries import CANDIDATES
from core.search.service import KINDS
from core.search.terms import LONGEST


class SearchNew(Strict):
    """In the body, so that nothing typed stands in an address."""

    q = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST))
    kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(KINDS, error=NO_CHOICE))
    after = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0, max=CANDIDATES),
        metadata={"description": "Of one kind: its `next`. Results are put in order as far as the first 500."},
    )


class SearchHit(Schema):
    """`id` is of the row itself, `customer_id` whose it is. Texts are masked for who sees masks."""

    id = fields.UUID()
    customer_id = fields.UUID(allow_none=True)
    title = fields.String()
    number = fields.Integer(allow_none=True)
    facts = fields.List(fields.String())
    state = fields.Method("of_badge", allow_none=True, metadata={"type": "string"})

    def of_badge(self, hit: Any) -> str | None:
        return hit.badge[0] if hit.badge else None


class SearchGroup(Schema):
    kind = fields.String(validate=validate.OneOf(KINDS))
    hits = fields.List(fields.Nested(SearchHit))
    next = fields.Integer(allow_none=True)


class SearchFound(Schema):
    data = fields.List(fields.Nested(SearchGroup), required=True)
