"""What the API says and takes of saved views."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import Strict, page_of

TARGET = {"description": "The list: `customer`, `case`, or `record:` and a type."}


class SavedView(Schema):
    id = fields.UUID()
    target = fields.String(metadata=TARGET)
    name = fields.String()
    query = fields.String(metadata={"description": "What the list's address asks."})
    own = fields.Boolean()
    roles = fields.List(fields.String())
    default = fields.Boolean(metadata={"description": "Whether the list opens with it for the reader."})
    version = fields.Integer()


class SavedViewQuery(Strict):
    target = fields.String(load_default="customer", validate=validate.Length(min=1, max=120), metadata=TARGET)


class SavedViewNew(Strict):
    target = fields.String(load_default="customer", validate=validate.Length(min=1, max=120), metadata=TARGET)
    name = fields.String(required=True, validate=validate.Length(min=1, max=60))
    query = fields.String(required=True, validate=validate.Length(max=8000))
    roles = fields.List(fields.String(), load_default=list)
    default = fields.Boolean(load_default=False)


class SavedViewChange(Strict):
    name = fields.String(validate=validate.Length(min=1, max=60))
    query = fields.String(validate=validate.Length(max=8000))
    roles = fields.List(fields.String())
    default = fields.Boolean()


SavedViewPage = page_of(SavedView, name="SavedViewPage")
