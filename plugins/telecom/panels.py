"""What an agent sees of a subscriber beside the timeline, and the groups of subscribers that a save desk works with."""

from __future__ import annotations

from core.plugin import Panel, Segment, label
from plugins.telecom.fields import BILLING, RISK, SERVICES, SUBSCRIBER

PANELS = (
    Panel(
        key="subscription",
        label=label("订购", "Subscription"),
        icon="sim",
        fields=tuple(field.key for field in SUBSCRIBER),
    ),
    Panel(
        key="charges",
        label=label("费用", "Charges"),
        icon="receipt",
        fields=tuple(field.key for field in BILLING),
    ),
    Panel(
        key="services",
        label=label("已开通业务", "Services"),
        icon="wifi",
        fields=tuple(field.key for field in SERVICES),
    ),
    Panel(
        key="risk",
        label=label("离网风险", "Churn risk"),
        icon="alert",
        fields=tuple(field.key for field in RISK),
    ),
)

STAYING = {"op": "not", "of": {"op": "eq", "field": "telecom.churned", "value": True}}

SEGMENTS = (
    Segment(
        key="at_risk",
        label=label("离网高风险", "At risk of leaving"),
        condition={"op": "and", "of": [{"op": "ge", "field": "telecom.churn_score", "value": 70}, STAYING]},
        tone="warn",
    ),
    Segment(
        key="high_value",
        label=label("高价值客户", "High value"),
        condition={"op": "in", "field": "telecom.value_tier", "value": ["diamond", "gold"]},
        tone="info",
    ),
    Segment(
        key="no_contract",
        label=label("按月客户", "Month to month"),
        condition={
            "op": "and",
            "of": [{"op": "eq", "field": "telecom.contract", "value": "month_to_month"}, STAYING],
        },
    ),
)
