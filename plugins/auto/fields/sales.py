"""From lead to delivery: the lead's own fields, test drives, orders."""

from __future__ import annotations

from core.plugin import fields_on, label
from plugins.auto.fields.choices import DEFEATS, FINANCE, INTENT_GRADES, LEAD_SOURCES
from plugins.auto.fields.units import CURRENCY, KILOMETRES

drive, order, case = fields_on("record:test_drive"), fields_on("record:order"), fields_on("case")

TEST_DRIVE = (
    drive("model", "试驾车型", "Model driven", required=True, max_length=80),
    drive("licence_checked", "已核验驾驶证原件", "Licence seen", "boolean"),
    drive("licence_until", "驾驶证有效期至", "Licence valid until", "date", sensitivity="personal"),
    drive("agreement_signed", "已签试驾协议", "Agreement signed", "boolean"),
    drive("started_at", "开始时间", "Started", "datetime"),
    drive("finished_at", "结束时间", "Finished", "datetime"),
    drive("distance", "试驾里程", "Distance", "integer", unit=KILOMETRES, minimum=0, maximum=1000),
    drive("feedback", "试驾反馈", "What was said", "long_text", max_length=1000),
)
ORDER = (
    order("model", "车型", "Model", required=True, max_length=80),
    order("equipment", "配置", "Equipment", max_length=200),
    order("list_price", "指导价", "List price", "money", currency=CURRENCY, minimum=0),
    order("net_price", "成交价", "Net price", "money", currency=CURRENCY, minimum=0),
    order("deposit", "定金", "Deposit", "money", currency=CURRENCY, minimum=0),
    order("deposit_booked_on", "定金入账日期", "Deposit booked on", "date"),
    order("finance", "付款方式", "Paid by", "choice", choices=FINANCE),
    order("trade_in", "旧车置换", "Trades in", "boolean"),
    order("contract_no", "合同编号", "Contract", max_length=60),
    order("promised_on", "约定交付日期", "Promised for", "date"),
    order("inspected", "交付前检查合格", "Passed the pre-delivery inspection", "boolean"),
    order("checked_together", "已与消费者共同查验", "Looked over with the consumer", "boolean"),
    order("papers_handed_over", "已交付随车文件和发票", "Papers and invoice handed over", "boolean"),
    order("terms_told", "已告知三包条款", "Warranty terms told", "boolean", help=label(
        "三包条款、包修期、三包有效期、使用补偿系数、修理者网点（第十三条）。",
        "Terms, both periods, the use factor and where repairs are done (article 13).")),
    order("delivered_on", "交付日期", "Delivered on", "date"),
    order("cancel_reason", "退订原因", "Why it was cancelled", "choice", choices=DEFEATS),
)  # fmt: skip
LEAD = (
    case("lead_source", "线索来源", "Source", "choice", choices=LEAD_SOURCES),
    case("dealer_code", "经销商代码", "Dealer", max_length=40),
    case("received_at", "线索到达时间", "Received at", "datetime", help=label(
        "厂家或平台下发的时间；为空时按开立时间计。", "When the maker or platform sent it; if empty, when it was opened.")),
    case("lead_grade", "意向等级", "Intent grade", "choice", choices=INTENT_GRADES),
    case("attempts", "已联系次数", "Attempts", "integer", minimum=0, maximum=99),
    case("next_contact_on", "下次跟进日期", "Next contact on", "date"),
    case("visited", "已到店", "Visited", "boolean"),
    case("test_driven", "已试驾", "Test driven", "boolean"),
    case("ordered", "已订车", "Ordered", "boolean"),
    case("offer", "报价", "Offer", "money", currency=CURRENCY, minimum=0),
    case("order_no", "订单编号", "Order", max_length=60),
    case("defeat_reason", "战败原因", "Why it was lost", "choice", choices=DEFEATS),
    case("competitor", "选择的品牌", "Lost to", max_length=80),
    case("delivery_rating", "交付回访评分", "Rating after delivery", "integer", minimum=0, maximum=10),
)  # fmt: skip
