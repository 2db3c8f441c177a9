"""What the API says and takes of imports."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api.fields import NO_CHOICE, Instant, ListQuery, Strict, page_of
from core.imports.dialect import ENCODING_NAMES

LONGEST = 34 * 1024 * 1024
"""25 MB in base64. Larger files go through the page or the command."""


class ImportColumns(Strict):
    """Where each column goes, as in a mapping file."""

    columns = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    values = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.String()), load_default=dict
    )
    identify_by = fields.String(
        required=True, metadata={"description": "`identifier:external`, `phone`, `email`, `number` ..."}
    )


class ImportNew(Strict):
    """A file, tried without writing anything as soon as it is handed in. Without `mapping` the columns' names say it."""

    name = fields.String(
        required=True, validate=validate.Length(min=1, max=200), metadata={"description": "The file's name."}
    )
    content = fields.String(
        required=True, validate=validate.Length(min=1, max=LONGEST),
        metadata={"description": "CSV, an Excel workbook or vCards, in base64, up to 25 MB.", "format": "byte"},
    )  # fmt: skip
    type = fields.String(
        load_default=None, allow_none=True, metadata={"description": "Of records; customers without one."}
    )
    encoding = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(list(ENCODING_NAMES), error=NO_CHOICE)
    )
    sheet = fields.String(load_default=None, allow_none=True)
    existing = fields.String(load_default="update", validate=validate.OneOf(("update", "fill"), error=NO_CHOICE))
    blank = fields.String(load_default="keep", validate=validate.OneOf(("keep", "clear"), error=NO_CHOICE))
    mapping = fields.Nested(ImportColumns, load_default=None, allow_none=True)


class ImportCounts(Schema):
    created = fields.Integer()
    updated = fields.Integer()
    unchanged = fields.Integer()
    rejected = fields.Integer()
    warned = fields.Integer()


class UndoCounts(Schema):
    restored = fields.Integer()
    removed = fields.Integer()
    left = fields.Integer()


class Import(Schema):
    id = fields.UUID()
    name = fields.String()
    state = fields.String(metadata={"description": "`waiting`, `running`, `done`, `failed` or `cancelled`."})
    phase = fields.String(metadata={"description": "`draft`, `checking`, `checked` (start it now) or `importing`."})
    encoding = fields.String()
    header = fields.List(fields.String())
    mapping = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Column to target."})
    identify_by = fields.String()
    counts = fields.Nested(ImportCounts, metadata={"description": "Of rows: what was done, or in a trial would be."})
    undo = fields.Nested(
        UndoCounts, allow_none=True, metadata={"description": "What undoing it did; null if it was not undone."}
    )
    version = fields.Integer(metadata={"description": "The ETag, as a number."})
    created_at = Instant()


ImportPage = page_of(Import, name="ImportPage")


class ImportQuery(ListQuery):
    """The newest first."""


class RowProblem(Schema):
    level = fields.String(metadata={"description": "`error` (the row was rejected) or `warning`."})
    column = fields.String()
    code = fields.String()
    message = fields.String(metadata={"description": "In the language of the token's person."})


class ImportRowTold(Schema):
    line = fields.Integer()
    outcome = fields.String(metadata={"description": "`created`, `updated`, `unchanged` or `rejected`."})
    customer_id = fields.UUID(allow_none=True)
    problems = fields.List(fields.Nested(RowProblem))


class ImportRows(Schema):
    data = fields.List(fields.Nested(ImportRowTold), required=True)
    next = fields.Integer(required=True, allow_none=True)


class ImportRowsQuery(Strict):
    after = fields.Integer(load_default=-1, metadata={"description": "`next` of the page before."})
    told = fields.Boolean(
        load_default=False, metadata={"description": "Only rows of which there is something to tell."}
    )
