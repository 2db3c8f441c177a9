"""What the API says and takes of cases."""

from __future__ import annotations

from functools import partial
from weakref import WeakKeyDictionary

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Attributes, Instant, ListQuery, Masked, Strict, page_of
from core.cases.details import COMMENT_LIMIT
from core.cases.service import NOTE_LIMIT, SEVERITIES, TITLE_LIMIT
from core.context import Sight
from core.fields.masks import writer
from core.fields.schema import attributes_schema
from core.fields.shown import shown_attributes
from core.plugin.catalog import CatalogView

_schema_of = partial(attributes_schema, target="case")
_NOTE = {"maxLength": NOTE_LIMIT}
_WHO = r"(me|none|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\Z"


class Case(Schema):
    id = fields.UUID()
    number = fields.Integer(metadata={"description": "Short enough to say on the phone."})
    customer_id = fields.UUID()
    record_id = fields.UUID(allow_none=True)
    workflow = fields.String(metadata={"description": "`<vertical>.<workflow>`."})
    workflow_version = fields.Integer(metadata={"description": "Of the definition that the case keeps."})
    workflow_revision = fields.Integer(metadata={"description": "Of what the tenant tailored under that version."})
    state = fields.String()
    title = fields.String(metadata={"description": "Numbers and addresses in it are hidden from a provider."})
    severity = fields.String(metadata={"enum": list(SEVERITIES)})
    assignee_id = fields.UUID(allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    engagement_id = fields.UUID(allow_none=True)
    opened_at = Instant()
    entered_at = Instant(metadata={"description": "When it came into its state."})
    due_at = Instant(allow_none=True)
    closed_at = Instant(allow_none=True)
    outcome = fields.String(allow_none=True)
    attributes = Attributes(_schema_of)
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


CasePage = page_of(Case, name="CasePage")


class CaseQuery(ListQuery):
    customer_id = fields.UUID(load_default=None)
    workflow = fields.String(load_default=None)
    state = fields.String(load_default=None)
    open = fields.Boolean(load_default=None, metadata={"description": "Open or closed ones only; both if not given."})
    record_id = fields.UUID(load_default=None)
    assignee = fields.String(
        load_default=None,
        validate=validate.Regexp(_WHO, error=NO_CHOICE),
        metadata={"description": "A participant's id, `me`, or `none` for cases that nobody has."},
    )
    severity = fields.String(load_default=None, validate=validate.OneOf(SEVERITIES, error=NO_CHOICE))
    unit_id = fields.UUID(load_default=None)
    overdue = fields.Boolean(load_default=False, metadata={"description": "Only those past their deadline."})
    order = fields.String(
        load_default="newest",
        validate=validate.OneOf(("newest", "due"), error=NO_CHOICE),
        metadata={"description": "`due`: those with a deadline, the soonest first."},
    )


class CaseNew(Strict):
    customer_id = fields.UUID(required=True)
    workflow = fields.String(required=True, metadata={"description": "`<vertical>.<workflow>`."})
    title = fields.String(load_default=None, allow_none=True, metadata={"maxLength": TITLE_LIMIT})
    note = fields.String(load_default=None, allow_none=True, metadata=_NOTE)
    record_id = fields.UUID(load_default=None, allow_none=True)
    attributes = Attributes(_schema_of, partial=True, load_default=dict)


class CaseMove(Strict):
    transition = fields.String(required=True, metadata={"description": "A step of the workflow from the case's state."})
    note = fields.String(load_default=None, allow_none=True, metadata=_NOTE)
    attributes = Attributes(_schema_of, partial=True, load_default=dict)


class CaseChange(Strict):
    """What is not sent stays."""

    title = fields.String(metadata={"maxLength": TITLE_LIMIT})
    severity = fields.String(validate=validate.OneOf(SEVERITIES, error=NO_CHOICE))
    attributes = Attributes(_schema_of, partial=True, load_default=dict)


class CaseAssignment(Strict):
    assignee_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "A participant of your own side; null: nobody."}
    )


class CaseApprovalAsked(Schema):
    """A request for a step that a second person decides on: see `/approvals`."""

    id = fields.UUID()
    number = fields.Integer()
    state = fields.String()
    expires_at = Instant()


class CommentNew(Strict):
    body = fields.String(required=True, metadata={"maxLength": COMMENT_LIMIT})
    audience = fields.String(
        load_default="internal",
        validate=validate.OneOf(("internal", "shared"), error=NO_CHOICE),
        metadata={"description": "`internal`: your own side reads it; `shared`: both do."},
    )


class Comment(Schema):
    id = fields.UUID()
    audience = fields.String()
    body = fields.String(metadata={"description": "Numbers and addresses in it are hidden from a provider."})
    party = fields.String()
    participant_id = fields.UUID(allow_none=True)
    created_at = Instant()


class Comments(Schema):
    data = fields.List(fields.Nested(Comment), required=True)


class BulkAct(Strict):
    """What is done to each case."""

    kind = fields.String(required=True, validate=validate.OneOf(("assign", "severity", "step"), error=NO_CHOICE))
    assignee_id = fields.UUID(load_default=None, allow_none=True)
    severity = fields.String(load_default=None, validate=validate.OneOf(SEVERITIES, error=NO_CHOICE))
    workflow = fields.String(load_default=None)
    transition = fields.String(load_default=None)
    note = fields.String(load_default=None, allow_none=True, metadata=_NOTE)
    attributes = Attributes(_schema_of, partial=True, load_default=dict)


class BulkNew(Strict):
    """The cases named, or, if none are, all open ones that the filter finds; 20,000 at most."""

    case_ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=1000))
    filter = fields.Nested(CaseQuery(exclude=("limit", "after", "order")), load_default=None)
    act = fields.Nested(BulkAct, required=True)


class BulkCounts(Schema):
    possible = fields.Integer()
    refused = fields.Integer()
    done = fields.Integer()


class Bulk(Schema):
    """An act on many cases. It changes nothing until it is started."""

    id = fields.UUID()
    state = fields.String(metadata={"description": "`waiting`, `running`, `done`, `failed` or `cancelled`."})
    phase = fields.String(metadata={"description": "`checking`, `checked` (start it now) or `changing`."})
    total = fields.Integer()
    counts = fields.Nested(BulkCounts)
    version = fields.Integer(metadata={"description": "The ETag, as a number."})


class BulkRow(Schema):
    case_id = fields.UUID()
    number = fields.Integer()
    outcome = fields.String(metadata={"description": "`waiting`, `possible`, `refused` or `done`."})
    why = fields.String(metadata={"description": "Why it was refused, in the reader's language."})


class BulkRows(Schema):
    data = fields.List(fields.Nested(BulkRow), required=True)
    next = fields.Integer(required=True, allow_none=True)


class BulkRowQuery(Strict):
    after = fields.Integer(load_default=0, metadata={"description": "`next` of the page before."})


_schemas: WeakKeyDictionary[CatalogView, dict[Sight, Schema]] = WeakKeyDictionary()


def case_schema(view: CatalogView, *, sight: Sight) -> Schema:
    """`Case` for one reader: the masks of their sight, the fields of their verticals."""
    made = _schemas.setdefault(view, {})
    if sight not in made:
        shown: dict[str, fields.Field[object]] = {
            "attributes": Attributes(_schema_of, shown=shown_attributes(view, target="case", sight=sight))
        }
        if (masked := writer(sight)) is not None:
            shown["title"] = Masked(masked)
        made[sight] = type("CaseRead", (Case,), shown)()
    return made[sight]
