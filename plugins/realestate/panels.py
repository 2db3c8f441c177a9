"""What an adviser sees of a buyer, and the groups that are worked with."""

from __future__ import annotations

from core.plugin import Panel, Segment, label
from plugins.realestate.fields import BUYER, ELIGIBILITY

PANELS = (
    Panel(key="wish", label=label("购房意向", "Wish"), icon="home", fields=tuple(field.key for field in BUYER)),
    Panel(
        key="eligibility",
        label=label("资格与付款", "Eligibility and financing"),
        icon="shield",
        fields=tuple(field.key for field in ELIGIBILITY),
    ),
)

SEGMENTS = (
    Segment(
        key="about_to_buy",
        label=label("近期认购意向", "About to buy"),
        condition={
            "op": "and",
            "of": [
                {"op": "in", "field": "realestate.intent_grade", "value": ["a", "b"]},
                {"op": "ne", "field": "realestate.qualification", "value": "restricted"},
            ],
        },
        tone="warn",
    ),
    Segment(
        key="returning",
        label=label("复访客户", "Visited again"),
        condition={"op": "ge", "field": "realestate.visit_count", "value": 2},
        tone="info",
    ),
)
