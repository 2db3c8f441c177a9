"""Shipments that came when they were promised, and complaints that were answered within the seven days."""

from __future__ import annotations

from core.plugin import Condition, Kpi, label

DELIVERED: Condition = {"op": "is_set", "field": "logistics.on_time"}
ENDED: Condition = {
    "op": "and",
    "of": [
        {"op": "eq", "field": "workflow", "value": "logistics.complaint"},
        {"op": "in", "field": "state", "value": ["answered", "accepted", "escalated_12305", "closed"]},
    ],
}

KPIS = (
    Kpi(
        key="on_time_rate",
        label=label("准时送达率", "On-time delivery"),
        on="record:shipment",
        numerator={"op": "eq", "field": "logistics.on_time", "value": True},
        denominator=DELIVERED,
        note=label(
            "承诺时间前签收的运单除以已签收且有承诺时间的运单。",
            "Shipments delivered by their promise over those delivered that had one.",
        ),
    ),
    Kpi(
        key="answered_in_time",
        label=label("投诉七日办结率", "Complaints answered within seven days"),
        on="case",
        numerator={
            "op": "and",
            "of": [*ENDED["of"], {"op": "not", "of": {"op": "eq", "field": "logistics.overdue", "value": True}}],
        },
        denominator=ENDED,
        note=label(
            "期限内处理并告知用户的投诉除以已答复的投诉。",
            "Complaints handled and told in time over all that were answered.",
        ),
    ),
)
