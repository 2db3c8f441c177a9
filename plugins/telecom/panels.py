"""What an agent sees of a subscriber beside the timeline."""

from __future__ import annotations

from core.plugin import Panel, label
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
