"""What the API says and takes of a customer, made from the same declarations as form, list and import.

`Customer` is what is answered; `reader_schema` gives it for one reader: the masks of their sight, the fields of their
verticals. `CustomerNew` and `CustomerChange` check shapes only; the service says what a value may be.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Attributes, Instant, ListQuery, Masked, Strict, page_of
from core.api.writing import Dumper
from core.context import Sight
from core.customers.fields import KINDS, STATES, core_fields
from core.customers.queries import COLUMNS
from core.fields.masks import masker
from core.fields.schema import attributes_schema, described
from core.fields.shown import shown_attributes
from core.plugin.catalog import CatalogView
from core.plugin.types import Field
from core.timeline.queries import CHANNELS, NOUNS, PARTIES

SORTS = ("number", "-number", "name", "-name", "updated", "-updated")

_schema_of = partial(attributes_schema, target="customer")


def _answered(field: Field) -> fields.Field[Any]:
    told = (
        {**described(field), "description": "Masked for a provider."}
        if masker(field, name=field.key, sight=Sight("provider"))
        else described(field)
    )
    made = fields.Date if field.kind == "date" else fields.String
    return made(allow_none=not field.required, metadata=told)


def _taken(field: Field, *, required: bool) -> fields.Field[Any]:
    """Texts as people write them, checked by the service: one message for form, file and API."""
    told = described(field) | ({"format": "date"} if field.kind == "date" else {})
    return fields.String(required=required, allow_none=not field.required, metadata=told)


_CORE = core_fields("CN")

Customer = Schema.from_dict(
    {
        "id": fields.UUID(),
        "number": fields.Integer(metadata={"description": "Short enough to say on the phone."}),
        "state": fields.String(metadata={"enum": [each.key for each in STATES]}),
        **{name: _answered(field) for name, field in _CORE.items()},
        "owner_id": fields.UUID(allow_none=True),
        "unit_id": fields.UUID(allow_none=True),
        "merged_into_id": fields.UUID(allow_none=True),
        "attributes": Attributes(_schema_of, metadata={"description": "Fields of the verticals that are switched on."}),
        "version": fields.Integer(metadata={"description": "The ETag, as a number."}),
        "created_at": Instant(),
        "updated_at": Instant(),
    },
    name="Customer",
)

CustomerNew = Strict.from_dict(
    {
        **{name: _taken(field, required=name == "name") for name, field in _CORE.items()},
        "attributes": Attributes(_schema_of),
        "despite_matches": fields.String(
            load_default=None,
            allow_none=True,
            validate=validate.Length(max=500),
            metadata={
                "description": "Why this is another customer than those it resembles. Without it such a one is refused."
            },
        ),
    },
    name="CustomerNew",
)

CustomerChange = Strict.from_dict(
    {
        **{name: _taken(field, required=False) for name, field in _CORE.items()},
        "attributes": Attributes(_schema_of, partial=True),
    },
    name="CustomerChange",
)

CustomerPage = page_of(Customer, name="CustomerPage")


class CustomerPlace(Strict):
    owner_id = fields.UUID(required=True, allow_none=True)
    unit_id = fields.UUID(required=True, allow_none=True)


class CustomerQuery(ListQuery):
    """Nothing personal: an address is written to logs."""

    sort = fields.String(load_default="number", validate=validate.OneOf(SORTS, error=NO_CHOICE))
    state = fields.String(
        load_default="active", validate=validate.OneOf(["any", *(each.key for each in STATES)], error=NO_CHOICE)
    )
    kind = fields.String(load_default=None, validate=validate.OneOf([each.key for each in KINDS], error=NO_CHOICE))


_dumpers: WeakKeyDictionary[CatalogView, dict[Sight, Dumper]] = WeakKeyDictionary()


def customer_dumper(view: CatalogView, *, sight: Sight) -> Dumper:
    """Rows of `queries.COLUMNS` as one reader may see them."""
    made = _dumpers.setdefault(view, {})
    if sight not in made:
        made[sight] = Dumper(reader_schema(view, sight=sight), columns=[column.key for column in COLUMNS])
    return made[sight]


def reader_schema(view: CatalogView, *, sight: Sight) -> Schema:
    """`Customer` with the masks of a sight and the fields of a set of verticals."""
    masks = {name: masker(field, name=name, sight=sight) for name, field in _CORE.items()}
    masked = {name: Masked(mask) for name, mask in masks.items() if mask is not None}
    shown = Attributes(_schema_of, shown=shown_attributes(view, target="customer", sight=sight))
    made: Schema = type("CustomerRead", (Customer,), {**masked, "attributes": shown})()
    return made


class TimelineEntry(Schema):
    id = fields.UUID()
    kind = fields.String(metadata={"description": "`<noun>.<past participle>`."})
    occurred_at = Instant()
    title = fields.String(metadata={"description": "What happened, in the language of the token's person."})
    text = fields.String(allow_none=True)
    actor = fields.String()
    channel = fields.String(allow_none=True)
    party = fields.String(metadata={"enum": ["client", "provider", "system"]})
    subject_type = fields.String(allow_none=True)
    subject_id = fields.UUID(allow_none=True)


TimelinePage = page_of(TimelineEntry, name="TimelinePage")


class TimelineQuery(ListQuery):
    show = fields.String(load_default="all", validate=validate.OneOf(list(NOUNS), error=NO_CHOICE))
    party = fields.String(load_default=None, validate=validate.OneOf(PARTIES, error=NO_CHOICE))
    channel = fields.String(load_default=None, validate=validate.OneOf(CHANNELS, error=NO_CHOICE))
    who = fields.UUID(load_default=None, metadata={"description": "Id of a participant."})
    since = fields.Date(load_default=None, metadata={"description": "First day, in the workspace's zone."})
    until = fields.Date(load_default=None, metadata={"description": "Last day."})
    case = fields.UUID(load_default=None, metadata={"description": "What is about this case."})
