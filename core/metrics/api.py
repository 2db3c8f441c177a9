"""KPIs over REST: the numbers of the screen, with numerator, denominator, formula and data cut."""

from __future__ import annotations

from flask import Response
from marshmallow import Schema, fields

from core.api.endpoints import Endpoints
from core.api.fields import Instant
from core.api.writing import answer
from core.metrics import policy, queries
from core.metrics.queries import Reading
from core.metrics.shown import board

endpoints = Endpoints("kpis", __name__, prefix="/kpis", title="KPIs")


class KpiReading(Schema):
    key = fields.String(metadata={"description": "`<vertical>.<kpi>`: the formula's id."})
    label = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Text by language."})
    value = fields.String(
        allow_none=True, metadata={"description": "A decimal number in `unit`; null where the denominator is zero."}
    )
    unit = fields.String(metadata={"enum": list(queries.SCALE)})
    direction = fields.String(metadata={"description": "Which way is better."})
    numerator = fields.Integer(allow_none=True)
    denominator = fields.Integer(allow_none=True)
    version = fields.Integer(metadata={"description": "Of the formula."})
    cut_at = Instant(
        allow_none=True,
        metadata={"description": "What was committed before is counted. Null where nothing is counted yet: ask again."},
    )
    counting = fields.Boolean(metadata={"description": "Something has changed since; newer numbers are on their way."})


class KpiList(Schema):
    data = fields.List(fields.Nested(KpiReading))
    next = fields.String(allow_none=True, metadata={"description": "Always null: there are few."})


@endpoints.get("", permission=policy.READ, returns=KpiList)
def index() -> Response:
    """Read every KPI over the customers you may see."""
    seen = board()
    return answer({"data": [_shown(each, counting=seen.counting) for each in seen.readings], "next": None})


@endpoints.get("/<key>", permission=policy.READ, returns=KpiReading)
def show(key: str) -> Response:
    """Read one KPI."""
    seen = board()
    return answer(_shown(seen.reading(key), counting=seen.counting))


def _shown(reading: Reading, *, counting: bool) -> dict[str, object]:
    counted = reading.cut_at is not None
    return {
        "key": reading.key,
        "label": dict(reading.label),
        "value": None if reading.value is None else str(reading.value),
        "unit": reading.unit,
        "direction": reading.direction,
        "numerator": reading.numerator if counted else None,
        "denominator": reading.denominator if counted else None,
        "version": reading.version,
        "cut_at": reading.cut_at,
        "counting": counting,
    }
