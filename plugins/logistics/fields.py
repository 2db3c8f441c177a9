"""What a carrier knows of its shippers, their shipments and their complaints."""

from __future__ import annotations

from core.plugin import Field, choice, label, standards

CURRENCY = "CNY"
KILOGRAMS = label("千克", "kg")
SHIPMENT_TYPE = "record:shipment"

SETTLEMENTS = (
    choice("prepaid", "寄付现结", "Sender pays"),
    choice("collect", "到付", "Consignee pays"),
    choice("monthly", "月结", "Monthly account"),
    choice("third_party", "第三方付", "Third party pays"),
)
TIERS = (
    choice("key", "重点客户", "Key account", "info"),
    choice("regular", "常规客户", "Regular"),
    choice("occasional", "散客", "Occasional"),
)
CARRIAGE = (
    choice("express", "快递", "Express"),
    choice("road", "公路货运", "Road freight"),
    choice("air", "航空货运", "Air freight"),
    choice("sea", "海运", "Sea freight"),
)
LEVELS = (
    choice("same_day", "当日达", "Same day"),
    choice("next_day", "次日达", "Next day"),
    choice("standard", "标准", "Standard"),
    choice("economy", "经济", "Economy"),
)
GOODS = (
    choice("ordinary", "普通物品", "Ordinary"),
    choice("letter", "信件", "Letters"),
    choice("restricted", "限制寄递物品", "Restricted", "warn"),
    choice("dangerous", "危险化学品", "Hazardous chemicals", "bad"),
    choice("prohibited", "其他禁止寄递物品", "Otherwise prohibited", "bad"),
)
COMPLAINTS = (
    choice("delay", "延误", "Delay"),
    choice("loss", "丢失", "Loss"),
    choice("damage", "损毁", "Damage"),
    choice("shortage", "内件短少", "Something missing"),
    choice("delivery", "投递服务", "Delivery service"),
    choice("charge", "收费", "Charges"),
)
CAUSES = (
    choice("weather", "天气", "Weather"),
    choice("capacity", "运力不足", "Lack of capacity"),
    choice("address", "地址有误", "Wrong address"),
    choice("customs", "清关", "Customs"),
    choice("unknown", "待查", "Being looked into"),
)


def on_shipment(key: str, zh: str, en: str, kind: str = "text", **more: object) -> Field:
    return Field(key=key, on=SHIPMENT_TYPE, label=label(zh, en), kind=kind, **more)  # type: ignore[arg-type]


SHIPPER = (
    Field(key="tier", label=label("客户分级", "Tier"), kind="choice", choices=TIERS),
    Field(
        key="uscc",
        label=label("统一社会信用代码", "Credit code"),
        kind="text",
        validator=standards.uscc,
        max_length=24,
        help=label("18 位，单位客户填写。", "18 characters, for organisations."),
    ),
    Field(
        key="real_name_verified_on",
        label=label("实名查验日期", "Identity verified on"),
        kind="date",
        sensitivity="personal",
    ),
    Field(key="safety_agreement_no", label=label("安全协议编号", "Safety agreement"), kind="text", max_length=60),
    Field(
        key="safety_agreement_until",
        label=label("安全协议有效期至", "Safety agreement until"),
        kind="date",
        indexed=True,
        show_when={"op": "is_set", "field": "logistics.safety_agreement_no"},
    ),
)
ACCOUNT = (
    Field(key="settlement_mode", label=label("结算方式", "Settlement"), kind="choice", choices=SETTLEMENTS),
    Field(
        key="credit_limit",
        label=label("信用额度", "Credit limit"),
        kind="money",
        currency=CURRENCY,
        minimum=0,
        show_when={"op": "eq", "field": "logistics.settlement_mode", "value": "monthly"},
    ),
    Field(
        key="credit_days",
        label=label("账期", "Credit days"),
        kind="integer",
        unit=label("天", "days"),
        minimum=0,
        maximum=365,
        show_when={"op": "eq", "field": "logistics.settlement_mode", "value": "monthly"},
    ),
)
SHIPMENT = (
    on_shipment("waybill", "运单号", "Waybill", required=True, max_length=40),
    on_shipment("s10", "邮件号（S10）", "Postal item (S10)", validator=standards.s10, max_length=20),
    on_shipment("sscc", "物流单元（SSCC）", "Shipping unit (SSCC)", validator=standards.sscc, max_length=24),
    on_shipment("carriage", "运输方式", "Carriage", "choice", choices=CARRIAGE, required=True),
    on_shipment("service_level", "时效产品", "Service level", "choice", choices=LEVELS),
    on_shipment("goods", "物品性质", "Goods", "choice", choices=GOODS),
    on_shipment(
        "un_number",
        "联合国编号",
        "UN number",
        max_length=10,
        help=label("危险货物的 UN 编号，例如 UN3480。", "Of dangerous goods, such as UN3480."),
    ),
    on_shipment("picked_up_at", "揽收时间", "Picked up", "datetime"),
    on_shipment("promised_at", "承诺送达时间", "Promised", "datetime", indexed=True),
    on_shipment("delivered_at", "签收时间", "Delivered", "datetime"),
    on_shipment("on_time", "准时送达", "On time", "boolean"),
    on_shipment("pieces", "件数", "Pieces", "integer", minimum=1, maximum=100_000),
    on_shipment("actual_weight", "实际重量", "Actual weight", "decimal", unit=KILOGRAMS, minimum=0),
    on_shipment("chargeable_weight", "计费重量", "Chargeable weight", "decimal", unit=KILOGRAMS, minimum=0),
    on_shipment("declared_value", "声明价值", "Declared value", "money", currency=CURRENCY, minimum=0),
    on_shipment("insured", "保价", "Insured", "boolean"),
    on_shipment("signed_by", "签收人", "Signed by", sensitivity="personal", mask="name", max_length=60),
)
COMPLAINT = (
    Field(key="complaint_kind", on="case", label=label("投诉类型", "About"), kind="choice", choices=COMPLAINTS),
    Field(key="answer", on="case", label=label("处理答复", "Answer"), kind="long_text", max_length=2000),
    Field(key="authority_ref", on="case", label=label("申诉编号", "Authority's number"), kind="text", max_length=60),
    Field(key="overdue", on="case", label=label("逾期答复", "Answered late"), kind="boolean"),
    Field(key="delay_cause", on="case", label=label("延误原因", "Cause of the delay"), kind="choice", choices=CAUSES),
    Field(key="new_promise", on="case", label=label("新的送达时间", "New promise"), kind="datetime"),
)

FIELDS = (*SHIPPER, *ACCOUNT, *SHIPMENT, *COMPLAINT)
