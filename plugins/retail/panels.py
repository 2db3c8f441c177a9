"""What an agent sees of a member beside the timeline, and what the first page of the sector shows."""

from __future__ import annotations

from core.plugin import Chart, Dashboard, Panel, Worklist, both, eq, label, one_of
from plugins.retail.fields import BUYING, MEMBER

DASHBOARD = Dashboard(
    kpis=("active_members", "basket", "return_rate", "refund_in_time", "complaints_answered_in_time", "points_held"),
    worklists=(
        Worklist(
            key="refunds",
            label=label("待退款的退货", "Returns to be refunded"),
            on="case",
            when=both(eq("workflow", "retail.returns"), eq("state", "inspected")),
            icon="undo",
        ),
        Worklist(
            key="authority",
            label=label("监管部门处理中的投诉", "Complaints with the authority"),
            on="case",
            when=both(eq("workflow", "retail.complaint"), one_of("state", "authority", "mediation", "examination")),
            tone="bad",
            icon="law",
        ),
        Worklist(
            key="card_refunds",
            label=label("待退款的预付卡", "Prepaid cards to be refunded"),
            on="case",
            when=both(eq("workflow", "retail.prepaid"), eq("state", "refund_asked")),
            icon="card",
        ),
    ),
    states=("order", "membership", "prepaid_card"),
    charts=(Chart(kpi="basket"), Chart(kpi="return_rate"), Chart(kpi="basket", by="retail.channel")),
)
PANELS = (
    Panel(key="member", label=label("会员", "Member"), icon="card", fields=tuple(field.key for field in MEMBER)),
    Panel(key="buying", label=label("消费", "Buying"), icon="cart", fields=tuple(field.key for field in BUYING)),
    DASHBOARD,
)
