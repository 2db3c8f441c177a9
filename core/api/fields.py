"""Marshmallow fields and schemas that every resource shares: times, masked values, attributes, pages of a list, problems."""

# ruff: noqa: ARG002 - the signatures are marshmallow's
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, fields, missing, validate

from core.errors import N_
from core.plugin.catalog import CatalogView
from core.web.current import catalog_view

Mask = Callable[[Any], Any]

NO_CHOICE = N_("This is not one of the choices.")
"""The error of a choice; marshmallow's own would list them untranslated."""


class Strict(Schema):
    """A body or query that refuses what it does not know, so that a misspelt name is told and not ignored."""

    class Meta:
        unknown = RAISE


class Instant(fields.DateTime):
    """A moment as RFC 3339 in UTC: `2027-01-31T08:30:00Z`."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        read: datetime = super()._deserialize(value, attr, data, **kwargs)
        if read.tzinfo is None:
            raise self.make_error("invalid", input=value, obj_type="datetime")
        return read.astimezone(UTC)


class Masked(fields.Field[Any]):
    """A value that is shown through a mask, so always as text."""

    def __init__(self, mask: Mask, **rest: Any) -> None:
        super().__init__(**rest)
        self.mask = mask

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return self.mask(value)


class Attributes(fields.Field[Any]):
    """`{"<vertical>": {...}}`. Read strictly by the workspace's own verticals; written through `shown`.

    `schema_of(view)` is the schema of the fields that a set of verticals declares.
    """

    def __init__(
        self,
        schema_of: Callable[[CatalogView], type[Schema]],
        *,
        partial: bool = False,
        shown: Mask | None = None,
        **rest: Any,
    ) -> None:
        super().__init__(**rest)
        self.schema_of = schema_of
        self.partial = partial
        self.shown = shown

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """Nothing sent is an empty document: a vertical's required fields are missing from it too."""
        return super().deserialize({} if value is missing else value, attr, data, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return self.schema_of(catalog_view())(partial=self.partial).load(value)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value if self.shown is None else self.shown(value)


class ListQuery(Strict):
    """The page of a list."""

    limit = fields.Integer(
        load_default=50, validate=validate.Range(min=1, max=200), metadata={"description": "Rows of one page."}
    )
    after = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=500),
        metadata={"description": "`next` of the page before. Opaque."},
    )


def page_of(schema: type[Schema], *, name: str) -> type[Schema]:
    """The schema of one page: `{data, next}`."""
    return Schema.from_dict(
        {
            "data": fields.List(fields.Nested(schema), required=True),
            "next": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "Cursor of the following page; null on the last."},
            ),
        },
        name=name,
    )


class ProblemDetail(Schema):
    pointer = fields.String(metadata={"description": "JSON pointer (RFC 6901) into the body that was sent."})
    parameter = fields.String(metadata={"description": "Name of the query parameter."})
    code = fields.String(required=True)
    detail = fields.String(required=True)


class Difference(Schema):
    field = fields.String(required=True, metadata={"description": "Its place in the resource; `.` leads inside."})
    now = fields.Raw(required=True, allow_none=True, metadata={"description": "What it holds now."})
    yours = fields.Raw(required=True, allow_none=True, metadata={"description": "What was sent."})


class Problem(Schema):
    """Problem details (RFC 9457)."""

    type = fields.String(required=True, metadata={"format": "uri-reference"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "Stable; made for programs."})
    instance = fields.String(required=True, metadata={"description": "Reference to quote to the administrator."})
    detail = fields.String(metadata={"description": "What went wrong, in the reader's language."})
    errors = fields.List(fields.Nested(ProblemDetail))
    difference = fields.List(
        fields.Nested(Difference), metadata={"description": "With 412: what somebody else changed meanwhile."}
    )
    etag = fields.String(allow_none=True, metadata={"description": "With 412: the version to try again with."})
