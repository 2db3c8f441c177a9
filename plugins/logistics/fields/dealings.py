"""Complaints, delays, claims, rates and credit."""

from __future__ import annotations

from core.plugin import fields_on, label
from plugins.logistics.fields.choices import CARRIAGE, CAUSES, CLAIMS, COMPLAINTS, LEVELS, LIABILITIES, ZONES
from plugins.logistics.fields.units import CURRENCY, DAYS

case, claim, rate = fields_on("case"), fields_on("record:claim"), fields_on("record:rate_agreement")
PERCENT = label("%", "%")

COMPLAINT = (
    case("complaint_kind", "投诉类型", "About", "choice", choices=COMPLAINTS),
    case("answer", "处理答复", "Answer", "long_text", max_length=2000),
    case("authority_ref", "申诉编号", "Authority's number", max_length=60),
    case("overdue", "逾期答复", "Answered late", "boolean"),
    case("delay_cause", "延误原因", "Cause of the delay", "choice", choices=CAUSES),
    case("new_promise", "新的送达时间", "New promise", "datetime"),
)
CLAIM = (
    claim("reason", "索赔事由", "Claimed for", "choice", choices=CLAIMS, required=True),
    claim("claimed", "索赔金额", "Claimed", "money", currency=CURRENCY, minimum=0),
    claim("market_value", "目的地市场价格", "Market value at the destination", "money", currency=CURRENCY, minimum=0),
    claim("loss_share", "损失比例", "Share lost", "decimal", unit=PERCENT, minimum=0, maximum=100),
    claim("insured_value", "保价金额", "Insured for", "money", currency=CURRENCY, minimum=0),
    claim(
        "agreed_limit",
        "约定赔偿限额",
        "Limit agreed on",
        "money",
        currency=CURRENCY,
        minimum=0,
        help=label(
            "已提请寄件人注意的限额；未提示的格式条款不构成合同内容。",
            "A limit the sender's attention was drawn to; an unnoticed standard term is no part of the contract.",
        ),
    ),
    claim("liability", "责任认定", "Who answers", "choice", choices=LIABILITIES),
    claim("offered", "赔偿方案", "Offered", "money", currency=CURRENCY, minimum=0),
    claim("paid", "已赔付", "Paid", "money", currency=CURRENCY, minimum=0),
    claim("opened_on", "受理日期", "Opened on", "date"),
    claim("paid_on", "赔付日期", "Paid on", "date"),
)
RATE = (
    rate("carriage", "运输方式", "Carriage", "choice", choices=CARRIAGE, required=True),
    rate("service_level", "时效产品", "Service level", "choice", choices=LEVELS),
    rate("zone", "区间", "Zone", "choice", choices=ZONES),
    rate("first_weight", "首重", "First weight", "decimal", unit=label("千克", "kg"), minimum=0),
    rate("first_price", "首重价", "Price of the first weight", "money", currency=CURRENCY, minimum=0),
    rate("further_price", "续重价（每千克）", "Price per further kg", "money", currency=CURRENCY, minimum=0),
    rate("discount", "折扣", "Discount", "decimal", unit=PERCENT, minimum=0, maximum=100),
    rate("billing_days", "账期", "Credit days", "integer", unit=DAYS, minimum=0, maximum=365),
    rate("valid_from", "生效日期", "Valid from", "date", required=True),
    rate("valid_until", "有效期至", "Valid until", "date", indexed=True),
)
CLAIM_STEPS = (
    case("evidence", "证据材料", "Evidence", "long_text", max_length=2000),
    case("finding", "责任认定", "Who answers", "choice", choices=LIABILITIES),
    case("offer", "赔偿方案", "Offer", "money", currency=CURRENCY, minimum=0),
    case("rejection", "不予赔付的理由", "Reason for refusing", max_length=500),
    case("payment_ref", "赔付凭证", "Payment", max_length=60),
)
CREDIT = (
    case("requested_limit", "申请额度", "Limit asked for", "money", currency=CURRENCY, minimum=0),
    case("assessment", "评估意见", "Assessment", "long_text", max_length=2000),
    case("granted_limit", "批准额度", "Limit granted", "money", currency=CURRENCY, minimum=0),
)  # fmt: skip
