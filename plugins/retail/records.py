"""A membership with its prepaid cards and orders, and the stores with the shifts of their cashiers."""

from __future__ import annotations

from core.plugin import RecordType, Timer, choice, label

MEMBERSHIP = RecordType(
    key="membership",
    label=label("会员卡", "Membership"),
    icon="card",
    identifiers=("card_no",),
    title=("card_no",),
    columns=("card_no", "tier", "points"),
    states=(
        choice("active", "正常", "Active", "ok"),
        choice("lost", "挂失", "Lost", "warn"),
        choice("closed", "注销", "Closed"),
    ),
    moves={"closed": ()},
    timers=(
        Timer(
            key="points",
            label=label("下次积分变动", "Points move next"),
            start="active",
            stops=("closed",),
            from_field="points_due_on",
        ),
    ),
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
        choice("expired", "已过期（可激活）", "Expired, may be reactivated", "warn"),
        choice("redeemed", "已赎回", "Redeemed"),
    ),
    moves={"redeemed": ()},
    timers=(
        Timer(
            key="validity",
            label=label("有效期", "Valid until"),
            start="active",
            stops=("redeemed", "expired"),
            from_field="valid_until",
        ),
    ),
)

ORDER = RecordType(
    key="order",
    label=label("订单", "Order"),
    holder="optional",
    parent="membership",
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

STORE = RecordType(
    key="store",
    label=label("门店", "Store"),
    holder="none",
    exposure="client_only",
    icon="building",
    identifiers=("gln",),
    title=("name",),
    columns=("name", "gln", "region"),
    states=(choice("open", "营业", "Open", "ok"), choice("closed", "关闭", "Closed")),
)

CASHIER_SHIFT = RecordType(
    key="cashier_shift",
    label=label("收银班次", "Cashier's shift"),
    holder="none",
    parent="store",
    exposure="client_only",
    icon="receipt",
    identifiers=("shift_no",),
    title=("shift_no",),
    columns=("shift_no", "cashier", "refunds", "cardless_refunds"),
    states=(choice("closed", "已结班", "Closed", "ok"), choice("questioned", "核查中", "Looked into", "warn")),
)

RECORD_TYPES = (MEMBERSHIP, PREPAID_CARD, ORDER, STORE, CASHIER_SHIFT)
