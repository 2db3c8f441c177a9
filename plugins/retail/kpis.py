"""Two ratios of returns: how many orders come back, and how many refunds are paid in time."""

from __future__ import annotations

from core.plugin import Condition, Kpi, label
from plugins.retail.records import BROUGHT_BACK

HANDED_OVER: Condition = {"op": "in", "field": "state", "value": ["received", *BROUGHT_BACK]}
REFUND_ENDED: Condition = {
    "op": "and",
    "of": [
        {"op": "eq", "field": "workflow", "value": "retail.returns"},
        {"op": "in", "field": "clock.refund", "value": ["met", "breached"]},
    ],
}

KPIS = (
    Kpi(
        key="return_rate",
        label=label("退换货率", "Return rate"),
        on="record:order",
        numerator={"op": "in", "field": "state", "value": list(BROUGHT_BACK)},
        denominator=HANDED_OVER,
        direction="down",
        note=label("退换货订单数除以已交付订单数。", "Orders returned or exchanged over all that were handed over."),
    ),
    Kpi(
        key="refund_in_time",
        label=label("退款及时率", "Refunds in time"),
        on="case",
        numerator={"op": "and", "of": [*REFUND_ENDED["of"], {"op": "eq", "field": "clock.refund", "value": "met"}]},
        denominator=REFUND_ENDED,
        direction="up",
        note=label(
            "收到退回商品后在法定期限内处理的退货数，除以该期限已有结果的退货数。",
            "Returns settled within the legal days after the goods came back, over all whose days have come to an end.",
        ),
    ),
)
