"""What an agent sees of a member beside the timeline."""

from __future__ import annotations

from core.plugin import Panel, label
from plugins.retail.fields import BUYING, MEMBER

PANELS = (
    Panel(key="member", label=label("会员", "Member"), icon="card", fields=tuple(field.key for field in MEMBER)),
    Panel(key="buying", label=label("消费", "Buying"), icon="cart", fields=tuple(field.key for field in BUYING)),
)
