"""Repairs that end the trouble at once, and claims that are settled by agreement."""

from __future__ import annotations

from core.plugin import Condition, Kpi, label

FINISHED: Condition = {
    "op": "and",
    "of": [{"op": "eq", "field": "state", "value": "closed"}, {"op": "is_set", "field": "auto.resolved"}],
}
DECIDED: Condition = {
    "op": "and",
    "of": [
        {"op": "eq", "field": "workflow", "value": "auto.sanbao"},
        {"op": "in", "field": "state", "value": ["agreed", "waiting", "completed", "rejected"]},
    ],
}

KPIS = (
    Kpi(
        key="fixed_first_time",
        label=label("一次修复率", "Fixed first time"),
        on="record:repair",
        numerator={"op": "and", "of": [*FINISHED["of"], {"op": "eq", "field": "auto.resolved", "value": True}]},
        denominator=FINISHED,
        note=label("故障已排除的维修除以已交车且有结果的维修。", "Repairs that removed the fault over those finished."),
    ),
    Kpi(
        key="claims_agreed",
        label=label("三包要求同意率", "Claims agreed to"),
        on="case",
        numerator={"op": "and", "of": [*DECIDED["of"], {"op": "ne", "field": "state", "value": "rejected"}]},
        denominator=DECIDED,
        note=label("同意退换的要求除以已有结论的要求。", "Claims agreed to over claims decided."),
    ),
)
