"""KPIs over REST: the numbers of the screen, with numerator, denominator, formula and data cut."""

from __future__ import annotations

from flask import Response
from marshmallow import Schema, fields

from core.api.endpoints import Endpoints
from core.api.fields import Instant
from core.api.writing import answer
from core.db.base import db
from core.metrics import policy, queries
from core.metrics.queries import Reading
from core.web.current import catalog_view, context

endpoints = Endpoints("kpis", __name__, prefix="/kpis", title="KPIs")


class KpiReading(Schema):
    key = fields.String(metadata={"description": "`<vertical>.<kpi>`: the formula's id."})
    label = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Text by language."})
    value = fields.String(
        allow_none=True, metadata={"description": "A decimal number in `unit`; null where the denominator is zero."}
    )
    unit = fields.String(metadata={"enum": list(queries.SCALE)})
    direction = fields.String(metadata={"description": "Which way is better."})
    numerator = fields.Integer()
    denominator = fields.Integer()
    version = fields.Integer(metadata={"description": "Of the formula."})
    cut_at = Instant()


class KpiList(Schema):
    data = fields.List(fields.Nested(KpiReading))
    next = fields.String(allow_none=True, metadata={"description": "Always null: there are few."})


@endpoints.get("", permission=policy.READ, returns=KpiList)
def index() -> Response:
    """Read every KPI over the customers you may see."""
    readings = queries.read_all(db.session(), context=context(), view=catalog_view())
    return answer({"data": [_shown(each) for each in readings], "next": None})


@endpoints.get("/<key>", permission=policy.READ, returns=KpiReading)
def show(key: str) -> Response:
    """Read one KPI."""
    return answer(_shown(queries.read(db.session(), context=context(), view=catalog_view(), key=key)))


def _shown(reading: Reading) -> dict[str, object]:
    return {
        "key": reading.key,
        "label": dict(reading.label),
        "value": None if reading.value is None else str(reading.value),
        "unit": reading.unit,
        "direction": reading.direction,
        "numerator": reading.numerator,
        "denominator": reading.denominator,
        "version": reading.version,
        "cut_at": reading.cut_at,
    }
