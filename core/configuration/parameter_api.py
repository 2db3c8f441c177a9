"""Parameters over REST: every dated value with its source, the workspace's own beside it."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.api.endpoints import Endpoints
from core.api.fields import Strict
from core.api.writing import page
from core.configuration import parameter_list, policy
from core.configuration.parameter_list import SHOWN, Value
from core.configuration.parameter_screen import today
from core.parameters import values
from core.web.current import catalog_view

endpoints = Endpoints("parameters", __name__, prefix="/parameters", title="Parameters")


class ParameterQuery(Strict):
    vertical = fields.String(metadata={"description": "One vertical's, or `core` for the core's own."})
    show = fields.String(
        load_default="all",
        validate=validate.OneOf(SHOWN),
        metadata={
            "description": "`unverified`: not read in the law; `own`: those with a value of the workspace's own."
        },
    )


class ParameterValue(Schema):
    key = fields.String(metadata={"description": "`<vertical>.<parameter>`."})
    label = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Text by language."})
    value = fields.String(metadata={"description": "A number, a time of day, `yes` or `no`, or a text."})
    unit = fields.String()
    jurisdiction = fields.String(metadata={"description": "A country, a country's subdivision, or `*` for everywhere."})
    effective_from = fields.Date()
    effective_to = fields.Date(allow_none=True, metadata={"description": "The first day without it."})
    in_force = fields.Boolean(metadata={"description": "Today, in the workspace's time zone."})
    source_title = fields.String()
    source_article = fields.String()
    verified = fields.Boolean(metadata={"description": "Whether it was read in the text of the law."})
    overridable = fields.Boolean()
    minimum = fields.String(allow_none=True)
    maximum = fields.String(allow_none=True)
    set_by_tenant = fields.Boolean(metadata={"description": "It is a value of the workspace's own."})
    overridden = fields.Boolean(metadata={"description": "In this place an own value holds, now or later."})


class ParameterList(Schema):
    data = fields.List(fields.Nested(ParameterValue), required=True)
    next = fields.String(allow_none=True, metadata={"description": "Always null: there are few."})


@endpoints.get("", permission=policy.READ, query=ParameterQuery, returns=ParameterList)
def index(query: dict[str, Any]) -> Response:
    """List every dated value: those of the law and of contracts, and the workspace's own."""
    found = parameter_list.groups(catalog_view(), on=today(), vertical=query.get("vertical"), show=query["show"])
    return page([_shown(each) for group in found for each in group.values], following=None)


def _shown(value: Value) -> dict[str, Any]:
    row = value.row
    return {
        "key": value.key,
        "label": dict(row.label),
        "value": values.as_text(row.value),
        "unit": row.unit,
        "jurisdiction": row.jurisdiction,
        "effective_from": row.effective_from,
        "effective_to": row.effective_to,
        "in_force": value.in_force,
        "source_title": row.source_title,
        "source_article": row.source_article,
        "verified": row.verified,
        "overridable": row.overridable,
        "minimum": None if row.minimum is None else values.as_text(row.minimum),
        "maximum": None if row.maximum is None else values.as_text(row.maximum),
        "set_by_tenant": row.set_by_tenant,
        "overridden": value.overridden,
    }
