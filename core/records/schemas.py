"""What the API says and takes of records. Which attributes a record has depends on its type, so they are read in two steps."""

# ruff: noqa: ARG002 - the signatures are marshmallow's
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Attributes, Instant, ListQuery, Masked, Strict, page_of
from core.api.writing import Dumper
from core.context import Sight
from core.errors import N_
from core.fields.masks import mask_for, masker
from core.fields.schema import attributes_schema
from core.fields.shown import shown_attributes
from core.plugin.catalog import CatalogView
from core.records.queries import COLUMNS
from core.records.service import STATUSES

SORTS = ("number", "-number", "updated", "-updated")
make_class = type
"""Where an argument has the name of the builtin."""


def every_type(view: CatalogView) -> type[Schema]:
    """The fields of all record types together: what the description shows where one shape stands for many."""
    merged: dict[str, dict[str, fields.Field[Any]]] = {}
    for name in view.record_types:
        for owner, nested in attributes_schema(view, target=f"record:{name}")().fields.items():
            assert isinstance(nested, fields.Nested)
            merged.setdefault(owner, {}).update(nested.schema._declared_fields)
    inner = {
        owner: fields.Nested(Strict.from_dict(held, name=f"{owner.title()}OfRecords")) for owner, held in merged.items()
    }
    return Strict.from_dict(dict(inner), name="AttributesOfRecords")


class OfItsType(Attributes):
    """Attributes that are read as they are here, and by the schema of the record's type as soon as that is known."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(every_type, partial=True, **rest)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        if isinstance(value, Mapping):
            return dict(value)
        return super(Attributes, self).deserialize(value, attr, data, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        raise self.make_error("type")

    default_error_messages = {"type": N_("An object is expected here.")}


_IDENTIFIERS = {"description": "What the record is known by: number by scheme, such as `vin`. Masked for a provider."}


class Record(Schema):
    id = fields.UUID()
    type = fields.String(metadata={"description": "`<vertical>.<type>`."})
    number = fields.Integer(metadata={"description": "Short enough to say on the phone; counted for each type."})
    customer_id = fields.UUID(allow_none=True, metadata={"description": "The holder."})
    parent_id = fields.UUID(allow_none=True, metadata={"description": "The record it belongs to."})
    unit_id = fields.UUID(allow_none=True)
    state = fields.String()
    occurred_at = Instant(allow_none=True)
    ends_at = Instant(allow_none=True)
    amount_minor = fields.Integer(allow_none=True, metadata={"description": "In minor units of `currency`."})
    currency = fields.String(allow_none=True, metadata={"description": "Three letters of ISO 4217."})
    identifiers = fields.Dict(keys=fields.String(), values=fields.String(), metadata=_IDENTIFIERS)
    attributes = OfItsType(metadata={"description": "Fields of the record's type."})
    version = fields.Integer(metadata={"description": "The ETag, as a number."})
    created_at = Instant()
    updated_at = Instant()


RecordPage = page_of(Record, name="RecordPage")


class RecordQuery(ListQuery):
    """Nothing personal: an address is written to logs."""

    type = fields.String(required=True, metadata={"description": "`<vertical>.<type>`."})
    state = fields.String(load_default=None)
    customer_id = fields.UUID(load_default=None)
    parent_id = fields.UUID(load_default=None)
    sort = fields.String(load_default="-updated", validate=validate.OneOf(SORTS, error=NO_CHOICE))


_CURRENCY: dict[str, Any] = {
    "validate": validate.Length(equal=3),
    "metadata": {"description": "Three letters of ISO 4217; of an amount without, the workspace's own."},
}


class RecordNew(Strict):
    type = fields.String(required=True, metadata={"description": "`<vertical>.<type>`."})
    state = fields.String(load_default=None, allow_none=True, metadata={"description": "The first one, if not given."})
    customer_id = fields.UUID(load_default=None, allow_none=True)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    occurred_at = Instant(load_default=None, allow_none=True)
    ends_at = Instant(load_default=None, allow_none=True)
    amount_minor = fields.Integer(strict=True, load_default=None, allow_none=True)
    currency = fields.String(load_default=None, allow_none=True, **_CURRENCY)
    identifiers = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        load_default=dict,
        metadata={"description": "Those that are no fields."},
    )
    attributes = OfItsType(load_default=dict)


class RecordChange(Strict):
    state = fields.String(metadata={"description": "Another state, if the type lets it follow."})
    customer_id = fields.UUID(allow_none=True)
    parent_id = fields.UUID(allow_none=True)
    occurred_at = Instant(allow_none=True)
    ends_at = Instant(allow_none=True)
    amount_minor = fields.Integer(strict=True, allow_none=True)
    currency = fields.String(allow_none=True, **_CURRENCY)
    identifiers = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True))
    attributes = OfItsType(load_default=dict)


class RecordSearch(Strict):
    """In the body, so that no number stands in an address."""

    type = fields.String(required=True)
    scheme = fields.String(required=True, metadata={"description": "Such as `vin` or `plate`."})
    value = fields.String(required=True, validate=validate.Length(min=1, max=200))


class RecordsFound(Schema):
    data = fields.List(fields.Nested(Record), required=True)


class Reading(Schema):
    id = fields.UUID()
    counter = fields.String()
    value = fields.Integer()
    read_at = Instant()
    status = fields.String(metadata={"enum": list(STATUSES)})
    source = fields.String()


class Readings(Schema):
    data = fields.List(fields.Nested(Reading), required=True)


class ReadingQuery(Strict):
    counter = fields.String(load_default=None, metadata={"description": "All of them, if not given."})
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


class ReadingNew(Strict):
    counter = fields.String(required=True)
    value = fields.Integer(required=True, strict=True)
    read_at = Instant(load_default=None, allow_none=True, metadata={"description": "Now, if not given."})
    status = fields.String(load_default="original", validate=validate.OneOf(STATUSES, error=NO_CHOICE))
    source = fields.String(load_default="", validate=validate.Length(max=100))


_dumpers: WeakKeyDictionary[CatalogView, dict[tuple[str, Sight], Dumper]] = WeakKeyDictionary()


def record_dumper(view: CatalogView, *, type: str, sight: Sight) -> Dumper:  # noqa: A002
    """Rows of `queries.COLUMNS` and `identifiers`, of one type, as one reader may see them."""
    made = _dumpers.setdefault(view, {})
    key = (type, sight)
    if key not in made:
        shown = {
            "attributes": OfItsType(shown=shown_attributes(view, target=f"record:{type}", sight=sight)),
            "identifiers": Masked(_identifiers(view, type=type, sight=sight)),
        }
        schema: Schema = make_class("RecordRead", (Record,), shown)()
        made[key] = Dumper(schema, columns=[*(column.key for column in COLUMNS), "identifiers"])
    return made[key]


def _identifiers(view: CatalogView, *, type: str, sight: Sight) -> Callable[[Any], Any]:  # noqa: A002
    """Each behind the mask of its field; one that is no field is hidden where its reader sees masks."""
    owner, declared = type.partition(".")[0], view.fields(on=f"record:{type}")

    def show(scheme: str, value: str) -> str:
        name = f"{owner}.{scheme}"
        field = declared.get(name)
        mask = (
            masker(field, name=name, sight=sight)
            if field is not None
            else mask_for("personal", None, name=name, sight=sight)
        )
        return value if mask is None else str(mask(value))

    return lambda held: {scheme: show(scheme, value) for scheme, value in (held or {}).items()}
