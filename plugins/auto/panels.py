"""What an adviser sees of a customer, and the groups that are worked with."""

from __future__ import annotations

from core.plugin import Panel, Segment, label
from plugins.auto.fields import BUYER

PANELS = (
    Panel(key="intent", label=label("购车意向", "Intent"), icon="car", fields=tuple(field.key for field in BUYER)),
)

SEGMENTS = (
    Segment(
        key="hot",
        label=label("高意向", "Hot leads"),
        condition={"op": "in", "field": "auto.intent_grade", "value": ["h", "a"]},
        tone="warn",
    ),
    Segment(
        key="owners",
        label=label("保有客户", "Owners"),
        condition={"op": "in", "field": "auto.owner_role", "value": ["owner", "fleet"]},
        tone="info",
    ),
)
