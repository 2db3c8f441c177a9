"""What was bought and where: a store, a cashier's shift, an order; what a return or a complaint asks for."""

from __future__ import annotations

from core.plugin import fields_on, label
from core.plugin.standards import gln, gtin
from plugins.retail.fields.choices import (
    COMPLAINT_SOURCES,
    COMPLAINT_TOPICS,
    CONDITIONS,
    GOODS,
    ORDER_CHANNELS,
    PRICE_BASES,
    RETURN_REASONS,
)
from plugins.retail.fields.units import CURRENCY
from plugins.retail.numbers import coupon, digital_invoice

store = fields_on("record:store")
shift = fields_on("record:cashier_shift")
order = fields_on("record:order")
case = fields_on("case")

STORE = (
    store("gln", "门店（GLN）", "Store (GLN)", required=True, validator=gln, indexed=True, max_length=20),
    store("name", "门店名称", "Name", required=True, max_length=80),
    store("region", "区域", "Region", max_length=40),
)
SHIFT = (
    shift("shift_no", "班次号", "Shift number", required=True, max_length=40),
    shift("cashier", "收银员工号", "Cashier", required=True, sensitivity="personal", indexed=True, max_length=40),
    shift("pos", "收银机号", "Till", max_length=20),
    shift("sales", "销售笔数", "Sales", "integer", minimum=0),
    shift("refunds", "退款笔数", "Refunds", "integer", minimum=0),
    shift(
        "cardless_refunds",
        "无会员卡退款笔数",
        "Refunds without a member's card",
        "integer",
        minimum=0,
        help=label("与同店其他班次比较。", "Compared with the other shifts of the store."),
    ),
    shift("voids_after_tender", "收款后作废笔数", "Voided after payment", "integer", minimum=0),
)
ORDER = (
    order("order_no", "订单号", "Order number", required=True, indexed=True, max_length=40),
    order("channel", "销售渠道", "Sold by", "choice", choices=ORDER_CHANNELS),
    order("store", "门店（GLN）", "Store (GLN)", validator=gln, max_length=20),
    order("pos", "收银机号", "Till", max_length=20),
    order("cashier", "收银员工号", "Cashier", sensitivity="personal", max_length=40),
    order("receipt_no", "小票号", "Receipt", max_length=40),
    order("invoice_no", "数电发票号码", "Digital invoice", validator=digital_invoice, max_length=20),
    order("items", "件数", "Items", "integer", minimum=1),
    order("main_gtin", "主要商品（GTIN）", "Main item (GTIN)", validator=gtin, max_length=14),
    order("discount", "优惠金额", "Discount", "money", currency=CURRENCY, minimum=0),
    order("coupon", "优惠券号（GCN）", "Coupon (GCN)", validator=coupon, max_length=25),
    order("price_basis", "定价依据", "Price set by", "choice", choices=PRICE_BASES),
    order("received_on", "收货日期", "Received on", "date"),
    order("original_order", "原订单号", "Original order", max_length=40),
)
RETURN = (
    case("return_reason", "退换原因", "Reason", "choice", choices=RETURN_REASONS),
    case("goods", "商品性质", "Kind of goods", "choice", choices=GOODS),
    case("received_on", "消费者收货日期", "Goods received on", "date"),
    case("requested_on", "退货要求日期", "Return asked for on", "date"),
    case("without_receipt", "无购物凭证", "Without a receipt", "boolean"),
    case("rma", "退货授权号", "Return number", max_length=40),
    case("tracking", "退货物流单号", "Tracking number", max_length=40),
    case("came_back_on", "收到退回商品日期", "Goods came back on", "date"),
    case("condition", "验收结果", "Condition", "choice", choices=CONDITIONS),
    case("refund", "退款金额", "Refund", "money", currency=CURRENCY, minimum=0),
    case("rejection", "拒绝理由", "Why it is rejected", "long_text"),
)
COMPLAINT = (
    case("complaint_source", "投诉来源", "Complaint came by", "choice", choices=COMPLAINT_SOURCES),
    case("complaint_topic", "投诉事项", "Complaint about", "choice", choices=COMPLAINT_TOPICS),
    case("authority_no", "监管登记编号", "The authority's number", max_length=40),
    case("received_at", "收到投诉时间", "Received at", "datetime"),
    case("accepted_on", "监管受理日期", "Accepted by the authority on", "date"),
    case("finding", "核查结果", "What was found", "long_text"),
    case("answer", "答复内容", "Answer", "long_text"),
    case("compensation", "补偿金额", "Compensation", "money", currency=CURRENCY, minimum=0),
    case("fraud", "认定欺诈", "Found to be fraud", "boolean"),
    case("price_paid", "所付价款", "Price paid", "money", currency=CURRENCY, minimum=0),
)  # fmt: skip
