"""What the API says and takes of cases."""

from __future__ import annotations

from functools import partial
from weakref import WeakKeyDictionary

from marshmallow import Schema, fields

from core.api.fields import Attributes, Instant, ListQuery, Masked, Strict, page_of
from core.cases.service import NOTE_LIMIT, TITLE_LIMIT
from core.fields.masks import redact
from core.fields.schema import attributes_schema
from core.fields.shown import shown_attributes
from core.plugin.catalog import CatalogView

_schema_of = partial(attributes_schema, target="case")
_NOTE = {"maxLength": NOTE_LIMIT}


class Case(Schema):
    id = fields.UUID()
    number = fields.Integer(metadata={"description": "Short enough to say on the phone."})
    customer_id = fields.UUID()
    record_id = fields.UUID(allow_none=True)
    workflow = fields.String(metadata={"description": "`<vertical>.<workflow>`."})
    workflow_version = fields.Integer(metadata={"description": "Of the definition that the case keeps."})
    state = fields.String()
    title = fields.String(metadata={"description": "Numbers and addresses in it are hidden from a provider."})
    severity = fields.String()
    assignee_id = fields.UUID(allow_none=True)
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


_schemas: WeakKeyDictionary[CatalogView, dict[str, Schema]] = WeakKeyDictionary()


def case_schema(view: CatalogView, *, party: str) -> Schema:
    """`Case` for one reader: the masks of their party, the fields of their verticals."""
    made = _schemas.setdefault(view, {})
    if party not in made:
        shown: dict[str, fields.Field[object]] = {
            "attributes": Attributes(_schema_of, shown=shown_attributes(view, target="case", party=party))
        }
        if party == "provider":
            shown["title"] = Masked(lambda title: title and redact(title))
        made[party] = type("CaseRead", (Case,), shown)()
    return made[party]
