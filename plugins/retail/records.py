"""A membership, the prepaid cards bought with it, and orders."""

from __future__ import annotations

from core.plugin import RecordType, choice, label

MEMBERSHIP = RecordType(
    key="membership",
    label=label("会员卡", "Membership"),
    icon="card",
    identifiers=("card_no",),
    title=("card_no",),
    columns=("card_no", "tier"),
    states=(
        choice("active", "正常", "Active", "ok"),
        choice("lost", "挂失", "Lost", "warn"),
        choice("closed", "注销", "Closed"),
    ),
    moves={"closed": ()},
)

PREPAID_CARD = RecordType(
    key="prepaid_card",
    label=label("预付卡", "Prepaid card"),
    holder="optional",
    parent="membership",
    icon="tag",
    identifiers=("card_no",),
    title=("card_no",),
    columns=("card_no", "kind", "purchase_no"),
    states=(
        choice("active", "可用", "Usable", "ok"),
        choice("frozen", "冻结", "Frozen", "warn"),
        choice("redeemed", "已赎回", "Redeemed"),
    ),
    moves={"redeemed": ()},
)

ORDER = RecordType(
    key="order",
    label=label("订单", "Order"),
    icon="cart",
    identifiers=("order_no",),
    title=("order_no",),
    columns=("order_no", "channel", "items", "received_on"),
    states=(
        choice("paid", "已付款", "Paid", "info"),
        choice("shipped", "已发货", "Shipped", "info"),
        choice("received", "已收货", "Received", "ok"),
        choice("returned", "已退货", "Returned", "warn"),
        choice("exchanged", "已换货", "Exchanged"),
        choice("cancelled", "已取消", "Cancelled"),
    ),
    moves={
        "paid": ("shipped", "received", "cancelled"),
        "shipped": ("received", "returned"),
        "received": ("returned", "exchanged"),
        "exchanged": ("returned",),
        "returned": (),
        "cancelled": (),
    },
)
BOUGHT = ("paid", "shipped", "received", "returned", "exchanged")
BROUGHT_BACK = ("returned", "exchanged")

RECORD_TYPES = (MEMBERSHIP, PREPAID_CARD, ORDER)
