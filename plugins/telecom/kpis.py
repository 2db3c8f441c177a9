"""Two ratios over active customers; one whose attribute is not known is in neither number."""

from __future__ import annotations

from core.plugin import Condition, Kpi, label


def active_with(field: str) -> Condition:
    return {"op": "and", "of": [{"op": "eq", "field": "state", "value": "active"}, {"op": "is_set", "field": field}]}


def among(denominator: Condition, condition: Condition) -> Condition:
    return {"op": "and", "of": [*denominator["of"], condition]}


SUBSCRIBERS = active_with("telecom.churned")
REGISTERED = active_with("telecom.real_name_status")

KPIS = (
    Kpi(
        key="churn_rate",
        label=label("离网率", "Churn rate"),
        numerator=among(SUBSCRIBERS, {"op": "eq", "field": "telecom.churned", "value": True}),
        denominator=SUBSCRIBERS,
        direction="down",
        note=label("已离网客户数除以离网情况已知的客户数。", "Churned customers over all whose churn is known."),
    ),
    Kpi(
        key="real_name_rate",
        label=label("实名通过率", "Real-name pass rate"),
        numerator=among(REGISTERED, {"op": "eq", "field": "telecom.real_name_status", "value": "verified"}),
        denominator=REGISTERED,
        direction="up",
        note=label("已实名客户数除以有实名状态的客户数。", "Verified customers over all with a real-name status."),
    ),
)
