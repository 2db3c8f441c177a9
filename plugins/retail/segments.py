"""Groups of customers that a chain's member desk works with."""

from __future__ import annotations

from core.plugin import Segment, label

SEGMENTS = (
    Segment(
        key="best",
        label=label("高价值会员", "Best members"),
        condition={
            "op": "or",
            "of": [
                {"op": "in", "field": "retail.tier", "value": ["gold", "black"]},
                {"op": "in", "field": "retail.rfm", "value": ["555", "554", "545", "544"]},
            ],
        },
        tone="info",
    ),
    Segment(
        key="sleeping",
        label=label("沉睡与流失会员", "Dormant and lapsed"),
        condition={"op": "in", "field": "retail.stage", "value": ["dormant", "lapsed"]},
        tone="warn",
    ),
    Segment(
        key="points_rich",
        label=label("积分充裕", "Many points"),
        condition={"op": "ge", "field": "retail.points", "value": 5000},
    ),
)
