"""A vehicle: its numbers, from when it is covered, and what falls due on it."""

from __future__ import annotations

from decimal import Decimal

from core.plugin import fields_on, label, standards
from plugins.auto.fields.choices import ENERGIES
from plugins.auto.fields.units import CURRENCY, KILOMETRES
from plugins.auto.numbers import battery_pack

vehicle = fields_on("record:vehicle")

VEHICLE = (
    vehicle(
        "vin", "车辆识别代号（VIN）", "VIN", required=True, validator=standards.vin, sensitivity="personal", mask="vin",
        max_length=24,
    ),
    vehicle("plate", "号牌", "Plate", validator=standards.plate, sensitivity="personal", mask="plate", max_length=16),
    vehicle("engine_no", "发动机号", "Engine number", sensitivity="personal", mask="text", max_length=30),
    vehicle("model", "车型", "Model", required=True, max_length=80),
    vehicle("energy", "动力类型", "Energy", "choice", choices=ENERGIES),
    vehicle("price", "车价款", "Price", "money", currency=CURRENCY, minimum=0),
    vehicle("invoice_date", "购车发票日期", "Invoice date", "date"),
    vehicle("delivered_at", "交付日期", "Delivered on", "date"),
    vehicle(
        "covered_from", "三包起算日", "Warranty counts from", "date",
        help=label("交付日期；未登记时为发票日期。自动填写。", "Day of delivery, else of the invoice. Filled in by itself."),
    ),
    vehicle("warranty_years", "包修期（年）", "Warranty, years", "integer", minimum=3, maximum=20),
    vehicle("warranty_km", "包修里程", "Warranty, distance", "integer", unit=KILOMETRES, minimum=60_000),
    vehicle(
        "use_factor", "使用补偿系数", "Use factor", "decimal", unit=label("%", "%"), minimum=0, maximum=Decimal("0.5"),
        help=label("三包凭证上明示，不高于 0.5%。", "As on the warranty certificate, at most 0.5%."),
    ),
    vehicle("motor_no", "驱动电机号", "Motor number", sensitivity="personal", mask="text", max_length=30),
    vehicle(
        "battery_pack_code", "动力电池编码", "Battery pack code", validator=battery_pack, sensitivity="personal", mask="text",
        max_length=32, help=label("24 位，电池包铭牌上的编码。", "The 24 characters on the plate of the pack."),
    ),
    vehicle("battery_soh", "电池健康度", "Battery health", "decimal", unit=label("%", "%"), minimum=0, maximum=100),
    vehicle("telematics_no", "车载终端编号", "Telematics unit", sensitivity="personal", mask="text", max_length=40),
    vehicle("first_registered_on", "初次登记日期", "First registered on", "date"),
    vehicle("insurer", "承保公司", "Insurer", max_length=80),
    vehicle("insured_until", "保险到期日", "Insured until", "date", indexed=True),
    vehicle("inspection_due", "年检到期日", "Inspection due", "date"),
    vehicle("last_service_on", "上次保养日期", "Last serviced on", "date", indexed=True, help=label(
        "由进厂记录自动填写。", "Filled in by itself from visits to the workshop.")),
    vehicle("next_service_on", "下次保养日期", "Next service on", "date", indexed=True),
    vehicle("next_service_km", "下次保养里程", "Next service at", "integer", unit=KILOMETRES, minimum=0, maximum=9_999_999),
)  # fmt: skip
