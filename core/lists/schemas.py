"""What the API says and takes of saved views."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import Strict, page_of


class SavedView(Schema):
    id = fields.UUID()
    name = fields.String()
    query = fields.String(metadata={"description": "What the list's address asks."})
    own = fields.Boolean()
    roles = fields.List(fields.String())
    default = fields.Boolean()
    version = fields.Integer()


class SavedViewNew(Strict):
    name = fields.String(required=True, validate=validate.Length(min=1, max=60))
    query = fields.String(required=True, validate=validate.Length(max=8000))
    roles = fields.List(fields.String(), load_default=list)


SavedViewPage = page_of(SavedView, name="SavedViewPage")
