"""What a chain of shops knows of its customers, their cards and orders, and what a return asks for."""

from __future__ import annotations

from core.plugin import Field, choice, label
from core.plugin.standards import gln, luhn
from plugins.retail.cards import member_card, rfm_cell

CURRENCY = "CNY"

TIERS = (
    choice("standard", "普通", "Standard"),
    choice("silver", "银卡", "Silver"),
    choice("gold", "金卡", "Gold", "warn"),
    choice("black", "黑卡", "Black", "plum"),
)
STAGES = (
    choice("new", "新会员", "New", "info"),
    choice("active", "活跃", "Active", "ok"),
    choice("dormant", "沉睡", "Dormant", "warn"),
    choice("lapsed", "流失", "Lapsed", "bad"),
)
ORDER_CHANNELS = (
    choice("store", "门店", "Store"),
    choice("online", "网络", "Online"),
    choice("phone", "电话", "Telephone"),
    choice("tv", "电视", "Television"),
    choice("post", "邮购", "Mail order"),
)
DISTANCE = ("online", "phone", "tv", "post")
"""《消费者权益保护法》第二十五条: goods sold by network, television, telephone or post."""

RETURN_REASONS = (
    choice("no_reason", "七日无理由", "No reason, within seven days"),
    choice("defective", "质量问题", "Defective"),
    choice("damaged", "运输损坏", "Damaged on the way"),
    choice("wrong_goods", "错发漏发", "Wrong or missing goods"),
    choice("other", "其他", "Other"),
)
GOODS = (
    choice("ordinary", "一般商品", "Ordinary goods"),
    choice("made_to_order", "消费者定作", "Made to order"),
    choice("perishable", "鲜活易腐", "Fresh or perishable"),
    choice("digital_opened", "已拆封的数字化商品", "Digital goods, opened"),
    choice("periodical", "报纸、期刊", "Newspapers and periodicals"),
    choice("agreed", "购买时确认不宜退货", "Agreed at purchase not to be returned"),
)
EXCLUDED = ("made_to_order", "perishable", "digital_opened", "periodical", "agreed")
CONDITIONS = (
    choice("intact", "完好", "Intact", "ok"),
    choice("used", "有使用痕迹", "Used", "warn"),
    choice("damaged", "损坏", "Damaged", "bad"),
)
CARD_KINDS = (choice("named", "记名", "Named"), choice("unnamed", "不记名", "Unnamed", "warn"))

MEMBER = (
    Field(key="tier", label=label("会员等级", "Tier"), kind="choice", choices=TIERS),
    Field(key="points", label=label("积分余额", "Points"), kind="integer", indexed=True, minimum=0),
    Field(key="joined_on", label=label("入会日期", "Member since"), kind="date"),
    Field(key="stage", label=label("会员阶段", "Stage"), kind="choice", choices=STAGES),
    Field(
        key="home_store",
        label=label("常去门店（GLN）", "Home store (GLN)"),
        kind="text",
        validator=gln,
        max_length=20,
    ),
)
BUYING = (
    Field(
        key="rfm",
        label=label("RFM 分群", "RFM cell"),
        kind="text",
        validator=rfm_cell,
        indexed=True,
        max_length=3,
        help=label(
            "依次为最近购买、购买频次、购买金额的五分位，5 为最好。",
            "Quintiles of recency, frequency and money; 5 is best.",
        ),
    ),
    Field(key="last_bought_on", label=label("最近购买日期", "Last bought on"), kind="date", indexed=True),
    Field(
        key="spent_12m",
        label=label("近 12 个月消费", "Spent in 12 months"),
        kind="money",
        currency=CURRENCY,
        minimum=0,
    ),
)
MEMBERSHIP = (
    Field(
        key="card_no",
        on="record:membership",
        label=label("会员卡号", "Member card"),
        kind="text",
        required=True,
        validator=member_card,
        sensitivity="personal",
        mask="card",
        indexed=True,
        max_length=30,
    ),
    Field(key="tier", on="record:membership", label=label("等级", "Tier"), kind="choice", choices=TIERS),
)
ORDER = (
    Field(
        key="order_no",
        on="record:order",
        label=label("订单号", "Order number"),
        kind="text",
        required=True,
        indexed=True,
        max_length=40,
    ),
    Field(
        key="channel",
        on="record:order",
        label=label("销售渠道", "Sold by"),
        kind="choice",
        choices=ORDER_CHANNELS,
    ),
    Field(key="store", on="record:order", label=label("门店（GLN）", "Store (GLN)"), kind="text", validator=gln),
    Field(key="items", on="record:order", label=label("件数", "Items"), kind="integer", minimum=1),
    Field(key="received_on", on="record:order", label=label("收货日期", "Received on"), kind="date"),
)
PREPAID = (
    Field(
        key="card_no",
        on="record:prepaid_card",
        label=label("预付卡号", "Prepaid card"),
        kind="text",
        required=True,
        validator=luhn,
        sensitivity="personal",
        mask="card",
        indexed=True,
        max_length=30,
    ),
    Field(
        key="kind",
        on="record:prepaid_card",
        label=label("种类", "Kind"),
        kind="choice",
        choices=CARD_KINDS,
        required=True,
    ),
    Field(
        key="purchase_no",
        on="record:prepaid_card",
        label=label("购卡单号", "Purchase"),
        kind="text",
        max_length=40,
    ),
    Field(
        key="purchase_total",
        on="record:prepaid_card",
        label=label("本次购卡总额", "Total of the purchase"),
        kind="money",
        currency=CURRENCY,
        minimum=0,
        help=label("同一次购买的各张卡填写相同的总额。", "The same for every card of one purchase."),
    ),
)
RETURN = (
    Field(
        key="return_reason",
        on="case",
        label=label("退换原因", "Reason"),
        kind="choice",
        choices=RETURN_REASONS,
    ),
    Field(key="goods", on="case", label=label("商品性质", "Kind of goods"), kind="choice", choices=GOODS),
    Field(key="received_on", on="case", label=label("消费者收货日期", "Goods received on"), kind="date"),
    Field(key="requested_on", on="case", label=label("退货要求日期", "Return asked for on"), kind="date"),
    Field(key="rma", on="case", label=label("退货授权号", "Return number"), kind="text", max_length=40),
    Field(key="tracking", on="case", label=label("退货物流单号", "Tracking number"), kind="text", max_length=40),
    Field(key="came_back_on", on="case", label=label("收到退回商品日期", "Goods came back on"), kind="date"),
    Field(key="condition", on="case", label=label("验收结果", "Condition"), kind="choice", choices=CONDITIONS),
    Field(
        key="refund",
        on="case",
        label=label("退款金额", "Refund"),
        kind="money",
        currency=CURRENCY,
        minimum=0,
    ),
    Field(key="rejection", on="case", label=label("拒绝理由", "Why it is rejected"), kind="long_text"),
)

FIELDS = (*MEMBER, *BUYING, *MEMBERSHIP, *ORDER, *PREPAID, *RETURN)
