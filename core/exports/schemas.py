"""What the API says and takes of exports."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, Strict
from core.exports.models import FORMATS, KINDS, STATES
from core.exports.service import MOST_IDS, REASON_LIMIT
from core.gate.facts import PURPOSES


class ExportNew(Strict):
    """`filters` are the arguments of the list's page; `ids` takes only these of its rows."""

    what = fields.String(required=True, validate=validate.OneOf(KINDS, error=NO_CHOICE))
    type = fields.String(load_default=None, allow_none=True, metadata={"description": "Of records: their type."})
    filters = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MOST_IDS))
    fields_ = fields.List(
        fields.String(), data_key="fields", load_default=None, allow_none=True,
        metadata={"description": "Keys of fields; all that the reader has, if not given."},
    )  # fmt: skip
    format = fields.String(load_default="csv", validate=validate.OneOf(FORMATS, error=NO_CHOICE))
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES, error=NO_CHOICE))
    reason = fields.String(required=True, validate=validate.Length(min=1, max=REASON_LIMIT))


class Export(Schema):
    """It waits until another person has decided; the file is taken from its page by who asked."""

    id = fields.UUID()
    number = fields.Integer()
    what = fields.String(validate=validate.OneOf(KINDS))
    fields_ = fields.List(fields.String(), attribute="fields", data_key="fields")
    format = fields.String(validate=validate.OneOf(FORMATS))
    purpose = fields.String()
    state = fields.String(validate=validate.OneOf(STATES))
    rows_asked = fields.Integer()
    rows_written = fields.Integer()
    approval_id = fields.UUID(allow_none=True)
    sha256 = fields.String(allow_none=True)
    created_at = Instant()
    finished_at = Instant(allow_none=True)
    expires_at = Instant(allow_none=True)
    version = fields.Integer()


class Exports(Schema):
    data = fields.List(fields.Nested(Export), required=True)
