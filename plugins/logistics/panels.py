"""What an agent sees of a shipper, and the groups that are worked with."""

from __future__ import annotations

from core.plugin import Panel, Segment, label
from plugins.logistics.fields import ACCOUNT, SHIPPER

PANELS = (
    Panel(key="shipper", label=label("寄件人", "Shipper"), icon="truck", fields=tuple(field.key for field in SHIPPER)),
    Panel(key="account", label=label("结算", "Account"), icon="receipt", fields=tuple(field.key for field in ACCOUNT)),
)

SEGMENTS = (
    Segment(
        key="key_accounts",
        label=label("重点客户", "Key accounts"),
        condition={"op": "eq", "field": "logistics.tier", "value": "key"},
        tone="info",
    ),
    Segment(
        key="no_safety_agreement",
        label=label("月结未签安全协议", "Monthly account without a safety agreement"),
        condition={
            "op": "and",
            "of": [
                {"op": "eq", "field": "logistics.settlement_mode", "value": "monthly"},
                {"op": "is_unset", "field": "logistics.safety_agreement_no"},
            ],
        },
        tone="warn",
    ),
)
