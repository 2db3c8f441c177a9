"""The sale of a prepaid card and its refund: `applied -> identified -> sold`, within seven days `refund_asked -> refunded`.

A consumer who has not had the same goods before gets the whole principal back within seven days of paying (the Supreme People's
Court on disputes over prepaid consumption, 2025, article 14).
"""

from __future__ import annotations

from core.plugin import Workflow, label, state, step
from plugins.retail.workflows.clocks import TELL_THE_HEAD, clock

PREPAID = Workflow(
    key="prepaid",
    label=label("预付卡售卖与退卡", "Sale and refund of a prepaid card"),
    version=1,
    record_type="prepaid_card",
    fields=(
        "card_kind", "purchase_amount", "buyer", "buyer_identified", "tender", "paid_on", "refund_asked_on",
        "goods_taken", "card_refund", "refund_refused",
    ),
    states=(
        state("applied", "申请购卡", "Asked for", "initial"),
        state("identified", "已核对购卡人", "Buyer looked at"),
        state("sold", "已售出", "Sold"),
        state("refund_asked", "申请退卡", "Refund asked for"),
        state("refunded", "已退卡", "Refunded", "done"),
        state("settled", "已完结", "Settled", "done"),
        state("declined", "未售出", "Not sold", "failed"),
    ),
    transitions=(
        step(
            "identify", "核对购卡人", "Look at the buyer", "applied", "identified",
            required=("card_kind", "purchase_amount", "buyer"),
        ),
        step("decline", "不予售卡", "Do not sell", "applied", "declined"),
        step("sell", "收款售卡", "Take payment and sell", "identified", "sold", required=("tender", "paid_on")),
        step("cancel", "取消购卡", "Cancel", "identified", "declined"),
        step(
            "ask_refund", "申请退卡", "Ask for a refund", "sold", "refund_asked",
            required=("refund_asked_on", "goods_taken"),
        ),
        step(
            "refund", "退回本金", "Pay back", "refund_asked", "refunded", required=("card_refund",),
            effects=("set_record_state:redeemed",),
        ),
        step("refuse", "不予退卡", "Refuse", "refund_asked", "sold", required=("refund_refused",), sides=("client",)),
        step("settle", "完结", "Settle", "sold", "settled"),
    ),
    timers=(
        clock(
            "refund_window", "七日全额退卡期", "Seven days to have it all back", "prepaid_refund_days", "sold",
            ("refund_asked", "refunded", "settled"), from_field="paid_on", escalations=(), rolls=True,
        ),
        clock(
            "refund", "退卡时限", "Refund due", "prepaid_pay_back_days", "refund_asked", ("refunded", "sold"),
            from_field="refund_asked_on", escalations=TELL_THE_HEAD,
        ),
    ),
)  # fmt: skip
