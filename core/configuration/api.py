"""The whole configuration over REST, as the file that another workspace can take."""

from __future__ import annotations

from flask import Response
from marshmallow import Schema, fields

from core.api.endpoints import Endpoints
from core.api.writing import answer
from core.configuration import document, policy
from core.configuration.parameter_screen import today
from core.db.base import db
from core.web.current import catalog_view

endpoints = Endpoints("configuration", __name__, prefix="/configuration", title="Configuration")


class Configuration(Schema):
    format = fields.String(metadata={"enum": [document.FORMAT]})
    version = fields.Integer()
    fields_ = fields.List(fields.Dict(), data_key="fields")
    field_settings = fields.List(fields.Dict())
    field_order = fields.List(fields.Dict())
    workflows = fields.List(fields.Dict())
    calendar_days = fields.List(fields.Dict())
    rules = fields.List(fields.Dict())
    parameters = fields.List(fields.Dict())


@endpoints.get("", permission=policy.READ, returns=Configuration)
def configuration() -> Response:
    """Read everything this workspace has tailored, as the file that another workspace can take."""
    sections = document.sections_of(db.session(), view=catalog_view(), on=today())
    return answer({"format": document.FORMAT, "version": document.VERSION, **sections})
