"""Groups of customers that a bank's relationship desk works with."""

from __future__ import annotations

from core.plugin import Segment, label

REVIEW = ["review_due", "documents_requested", "overdue"]

SEGMENTS = (
    Segment(
        key="review",
        label=label("待尽职调查复核", "Due diligence to review"),
        condition={"op": "in", "field": "banking.kyc_state", "value": REVIEW},
        tone="warn",
    ),
    Segment(
        key="wealth",
        label=label("财富与私行客户", "Wealth and private"),
        condition={"op": "in", "field": "banking.segment", "value": ["affluent", "private"]},
        tone="info",
    ),
    Segment(
        key="unassessed",
        label=label("未做风险评估", "Not assessed"),
        condition={
            "op": "and",
            "of": [
                {"op": "is_unset", "field": "banking.risk_capacity"},
                {"op": "is_set", "field": "banking.segment"},
            ],
        },
    ),
)
