"""A prepaid card, and what its sale and its refund ask for."""

from __future__ import annotations

from core.plugin import fields_on, label
from core.plugin.standards import luhn
from plugins.retail.fields.choices import BUYERS, CARD_KINDS, TENDERS
from plugins.retail.fields.units import CURRENCY

card = fields_on("record:prepaid_card")
case = fields_on("case")

PREPAID = (
    card(
        "card_no",
        "预付卡号",
        "Prepaid card",
        required=True,
        validator=luhn,
        sensitivity="personal",
        mask="card",
        indexed=True,
        max_length=30,
    ),
    card("kind", "种类", "Kind", "choice", choices=CARD_KINDS, required=True),
    card("purchase_no", "购卡单号", "Purchase", max_length=40),
    card(
        "purchase_total",
        "本次购卡总额",
        "Total of the purchase",
        "money",
        currency=CURRENCY,
        minimum=0,
        help=label("同一次购买的各张卡填写相同的总额。", "The same for every card of one purchase."),
    ),
    card("issued_on", "售卡日期", "Issued on", "date"),
    card(
        "valid_until",
        "有效期至",
        "Valid until",
        "date",
        help=label("记名卡不设有效期。", "A named card has no end."),
    ),
)
SALE = (
    case("card_kind", "卡种", "Kind of card", "choice", choices=CARD_KINDS),
    case("purchase_amount", "购卡金额", "Amount of the purchase", "money", currency=CURRENCY, minimum=0),
    case("buyer", "购卡人", "Buyer", "choice", choices=BUYERS),
    case("buyer_identified", "已登记购卡人身份", "The buyer is identified", "boolean"),
    case("tender", "付款方式", "Paid by", "choice", choices=TENDERS),
    case("paid_on", "付款日期", "Paid on", "date"),
    case("refund_asked_on", "要求退卡日期", "Refund asked for on", "date"),
    case("goods_taken", "已消费同类商品或服务", "The same goods were received before", "boolean"),
    case("card_refund", "退回本金", "Principal paid back", "money", currency=CURRENCY, minimum=0),
    case("refund_refused", "不予退卡理由", "Why it is not refunded", "long_text"),
)  # fmt: skip
