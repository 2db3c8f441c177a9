"""A shipment: its numbers, what is in it, when it is where, and what is collected for it."""

from __future__ import annotations

from core.plugin import fields_on, known, label, standards
from plugins.logistics.fields.choices import (
    CARRIAGE,
    CARRIERS,
    EXCEPTIONS,
    GOODS,
    HAZARDS,
    LEVELS,
    PACKING_GROUPS,
    SCREENING,
    ZONES,
)
from plugins.logistics.fields.units import CENTIMETRES, CURRENCY, KILOGRAMS
from plugins.logistics.numbers import place, un_number

shipment = fields_on("record:shipment")

NUMBERS = (
    shipment("waybill", "运单号", "Waybill", required=True, max_length=40),
    shipment("carrier", "承运商", "Carrier", "choice", choices=CARRIERS),
    shipment(
        "tracking_no",
        "承运商单号",
        "Carrier's number",
        max_length=60,
        show_when=known("logistics.carrier"),
        help=label("按所选承运商的规则核对。", "Checked by the rules of the carrier chosen."),
    ),
    shipment("s10", "邮件号（S10）", "Postal item (S10)", validator=standards.s10, max_length=20),
    shipment("sscc", "物流单元（SSCC）", "Shipping unit (SSCC)", validator=standards.sscc, max_length=24),
    shipment("awb", "航空运单号", "Air waybill", validator=standards.awb, max_length=16),
    shipment("container_no", "集装箱号", "Container", validator=standards.container, max_length=16),
    shipment("imo_no", "船舶 IMO 号", "Ship (IMO)", validator=standards.imo, max_length=12),
)
GOODS_IN_IT = (
    shipment("carriage", "运输方式", "Carriage", "choice", choices=CARRIAGE, required=True),
    shipment("service_level", "时效产品", "Service level", "choice", choices=LEVELS),
    shipment("goods", "物品性质", "Goods", "choice", choices=GOODS),
    shipment(
        "un_number",
        "联合国编号",
        "UN number",
        validator=un_number,
        max_length=10,
        help=label("危险货物的 UN 编号，例如 UN3480。", "Of dangerous goods, such as UN3480."),
    ),
    shipment("hazard_class", "危险类别", "Hazard class", "choice", choices=HAZARDS),
    shipment("packing_group", "包装等级", "Packing group", "choice", choices=PACKING_GROUPS),
    shipment("inspected", "已验视", "Inspected", "boolean"),
    shipment("sender_verified", "寄件人已实名", "Sender identified", "boolean"),
    shipment("consignee_screening", "收件方筛查", "Screening of the consignee", "choice", choices=SCREENING),
    shipment("pieces", "件数", "Pieces", "integer", minimum=1, maximum=100_000),
    shipment("actual_weight", "实际重量", "Actual weight", "decimal", unit=KILOGRAMS, minimum=0),
    shipment("length", "长", "Length", "decimal", unit=CENTIMETRES, minimum=0),
    shipment("width", "宽", "Width", "decimal", unit=CENTIMETRES, minimum=0),
    shipment("height", "高", "Height", "decimal", unit=CENTIMETRES, minimum=0),
    shipment(
        "chargeable_weight",
        "计费重量",
        "Chargeable weight",
        "decimal",
        unit=KILOGRAMS,
        minimum=0,
        help=label(
            "实际重量与体积重量中较大者，自动计算。", "The greater of actual and volume weight, worked out by itself."
        ),
    ),
    shipment("declared_value", "声明价值", "Declared value", "money", currency=CURRENCY, minimum=0),
    shipment("insured", "保价", "Insured", "boolean"),
)
WAY = (
    shipment("origin", "始发地（UN/LOCODE）", "From (UN/LOCODE)", validator=place, max_length=6),
    shipment("destination", "目的地（UN/LOCODE）", "To (UN/LOCODE)", validator=place, max_length=6),
    shipment("zone", "区间", "Zone", "choice", choices=ZONES),
    shipment("picked_up_at", "揽收时间", "Picked up", "datetime"),
    shipment("promised_at", "承诺送达时间", "Promised", "datetime", indexed=True),
    shipment("last_scan_at", "最近扫描时间", "Last scan", "datetime"),
    shipment("stale_at", "应有下次扫描", "Next scan expected", "datetime"),
    shipment("lost_at", "视为彻底延误", "Counts as lost from", "datetime"),
    shipment("delivered_at", "签收时间", "Delivered", "datetime"),
    shipment("on_time", "准时送达", "On time", "boolean"),
    shipment("attempts", "派送次数", "Attempts", "integer", minimum=0, maximum=99),
    shipment("agent_consent", "收件人同意代收或入柜", "Consignee agrees to a pick-up point", "boolean"),
    shipment("complete", "内件齐全", "Complete", "boolean"),
    shipment("damaged", "损毁", "Damaged", "boolean"),
    shipment("signed_by", "签收人", "Signed by", sensitivity="personal", mask="name", max_length=60),
    shipment("proof", "签收凭证编号", "Proof of delivery", max_length=80),
    shipment("cod_amount", "代收货款", "Cash on delivery", "money", currency=CURRENCY, minimum=0),
    shipment(
        "cod_collected",
        "实收货款",
        "Collected",
        "money",
        currency=CURRENCY,
        minimum=0,
        show_when=known("logistics.cod_amount"),
    ),
    shipment("cod_remitted_on", "货款返还日期", "Remitted on", "date", show_when=known("logistics.cod_amount")),
)
EXCEPTION = (
    fields_on("case")("exception", "异常原因", "Why it failed", "choice", choices=EXCEPTIONS),
    fields_on("case")("instruction", "寄件人处理意见", "What the sender asks for", "long_text", max_length=500),
    fields_on("case")("new_address_confirmed", "新地址已核实身份", "New address confirmed with the person", "boolean"),
    fields_on("case")("authority_report", "依法处理或销毁记录", "How it was disposed of", max_length=200),
)
SHIPMENT = (*NUMBERS, *GOODS_IN_IT, *WAY)
