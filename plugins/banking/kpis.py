"""Two ratios a bank reports: complaints decided in time, and customers whose due diligence is overdue."""

from __future__ import annotations

from core.plugin import Condition, Kpi, label

DECIDED: Condition = {
    "op": "and",
    "of": [
        {"op": "eq", "field": "workflow", "value": "banking.complaint"},
        {"op": "in", "field": "clock.decision", "value": ["met", "breached"]},
    ],
}
KNOWN: Condition = {
    "op": "and",
    "of": [
        {"op": "eq", "field": "state", "value": "active"},
        {"op": "is_set", "field": "banking.kyc_state"},
    ],
}


def among(denominator: Condition, condition: Condition) -> Condition:
    return {"op": "and", "of": [*denominator["of"], condition]}


KPIS = (
    Kpi(
        key="complaints_in_time",
        label=label("投诉 15 日内办结率", "Complaints decided within 15 days"),
        on="case",
        numerator=among(DECIDED, {"op": "eq", "field": "clock.decision", "value": "met"}),
        denominator=DECIDED,
        direction="up",
        note=label(
            "在 15 日内作出决定、延期或撤回的投诉数，除以该时限已有结果的投诉数。",
            "Complaints decided, extended or withdrawn within 15 days over all whose 15 days have come to an end.",
        ),
    ),
    Kpi(
        key="kyc_overdue",
        label=label("尽职调查逾期率", "Due diligence overdue"),
        numerator=among(KNOWN, {"op": "eq", "field": "banking.kyc_state", "value": "overdue"}),
        denominator=KNOWN,
        direction="down",
        note=label(
            "复核逾期的客户数除以有尽职调查状态的客户数。",
            "Customers whose review is overdue over all with a state of due diligence.",
        ),
    ),
)
