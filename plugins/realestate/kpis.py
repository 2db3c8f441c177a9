"""How much of what was released is sold, and how many subscriptions become contracts."""

from __future__ import annotations

from core.plugin import Condition, Kpi, label

RELEASED = ["available", "reserved", "subscribed", "signed", "filed", "delivered"]
SOLD = ["signed", "filed", "delivered"]
DECIDED: Condition = {
    "op": "and",
    "of": [
        {"op": "eq", "field": "workflow", "value": "realestate.sale"},
        {"op": "ne", "field": "state", "value": "subscribed"},
    ],
}

KPIS = (
    Kpi(
        key="sell_through",
        label=label("去化率", "Sell-through"),
        on="record:unit",
        numerator={"op": "in", "field": "state", "value": SOLD},
        denominator={"op": "in", "field": "state", "value": RELEASED},
        note=label(
            "已签约、备案或交付的房源除以已推出的房源。", "Units signed, filed or delivered over units released."
        ),
    ),
    Kpi(
        key="signing_rate",
        label=label("认购转签约率", "Subscriptions signed"),
        on="case",
        numerator={"op": "and", "of": [*DECIDED["of"], {"op": "is_set", "field": "realestate.contract_no"}]},
        denominator=DECIDED,
        note=label(
            "签了合同的认购除以已有结果的认购；还在等签约的不计入。",
            "Subscriptions with a contract over those decided; what still waits is in neither number.",
        ),
    ),
)
