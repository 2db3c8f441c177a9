"""KPIs over REST: the numbers of the screen, with numerator, denominator, formula and data cut."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response
from marshmallow import Schema, fields

from core.api.endpoints import Endpoints
from core.api.fields import Instant
from core.api.writing import answer
from core.db.base import db
from core.metrics import apart, policy, queries
from core.metrics.queries import Reading
from core.metrics.shown import board
from core.web.current import catalog_view, context

endpoints = Endpoints("kpis", __name__, prefix="/kpis", title="KPIs")


class KpiReading(Schema):
    key = fields.String(metadata={"description": "`<vertical>.<kpi>`: the formula's id."})
    label = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Text by language."})
    value = fields.String(
        allow_none=True, metadata={"description": "A decimal number in `unit`; null where the denominator is zero."}
    )
    unit = fields.String(metadata={"enum": list(queries.DIGITS), "description": "Of money: minor units of `currency`."})
    currency = fields.String(allow_none=True, metadata={"description": "Three letters of ISO 4217, where it is money."})
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


class KpiGroup(Schema):
    key = fields.String(allow_none=True, metadata={"description": "The value that the rows share; null for none."})
    rest = fields.Boolean(metadata={"description": "All rows that have no group of their own."})
    value = fields.String(allow_none=True, metadata={"description": "In the KPI's `unit`; null: no data."})
    numerator = fields.Integer()
    denominator = fields.Integer()


class KpiGroups(Schema):
    data = fields.List(fields.Nested(KpiGroup), metadata={"description": "The largest denominator first."})
    next = fields.String(allow_none=True, metadata={"description": "Always null: there are few."})


class KpiMonth(Schema):
    begins = fields.Date(metadata={"description": "The month's first day, in the workspace's time zone."})
    value = fields.String(allow_none=True, metadata={"description": "In the KPI's `unit`; null: no data."})
    numerator = fields.Integer()
    denominator = fields.Integer()


class KpiMonths(Schema):
    data = fields.List(
        fields.Nested(KpiMonth), metadata={"description": "Twelve, the oldest first; of customers none."}
    )
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


@endpoints.get("/<key>/months", permission=policy.READ, returns=KpiMonths)
def months(key: str) -> Response:
    """Read one KPI for each of the last twelve months, by when its rows began."""
    actor = context()
    told = apart.by_month(
        db.session(), context=actor, view=catalog_view(), key=key, today=datetime.now(ZoneInfo(actor.zone)).date()
    )
    return answer({"data": [{"begins": each.begins.isoformat(), **_parts(each)} for each in told], "next": None})


@endpoints.get("/<key>/by/<name>", permission=policy.READ, returns=KpiGroups)
def groups(key: str, name: str) -> Response:
    """Read one KPI for each value of a field that it is told apart by."""
    told = apart.by_field(db.session(), context=context(), view=catalog_view(), key=key, name=name)
    return answer({"data": [{"key": each.key, "rest": each.rest, **_parts(each)} for each in told], "next": None})


def _parts(each: apart.Group | apart.Month) -> dict[str, object]:
    value = None if each.value is None else str(each.value)
    return {"value": value, "numerator": each.numerator, "denominator": each.denominator}


def _shown(reading: Reading, *, counting: bool) -> dict[str, object]:
    counted = reading.cut_at is not None
    return {
        "key": reading.key,
        "label": dict(reading.label),
        "value": None if reading.value is None else str(reading.value),
        "unit": reading.unit,
        "currency": reading.currency,
        "direction": reading.direction,
        "numerator": reading.numerator if counted else None,
        "denominator": reading.denominator if counted else None,
        "version": reading.version,
        "cut_at": reading.cut_at,
        "counting": counting,
    }
