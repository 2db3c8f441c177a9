"""What an agent sees of a bank's customer beside the timeline."""

from __future__ import annotations

from core.plugin import Panel, label
from plugins.banking.fields import DILIGENCE, PROFILE, SUITABILITY

PANELS = (
    Panel(
        key="relationship",
        label=label("客户关系", "Relationship"),
        icon="bank",
        fields=tuple(field.key for field in PROFILE),
    ),
    Panel(
        key="suitability",
        label=label("适当性", "Suitability"),
        icon="shield",
        fields=tuple(field.key for field in SUITABILITY),
    ),
    Panel(
        key="diligence",
        label=label("尽职调查", "Due diligence"),
        icon="eye",
        fields=tuple(field.key for field in DILIGENCE),
    ),
)
