"""What a car maker's dealer knows of its customers, their vehicles and each repair, and of claims for a new car."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.plugin import Field, choice, label, standards

CURRENCY = "CNY"
KILOMETRES = label("公里", "km")

INTENT_GRADES = (
    choice("h", "H（两天内跟进）", "H (follow up within 2 days)", "bad"),
    choice("a", "A（七天内跟进）", "A (within 7 days)", "warn"),
    choice("b", "B（十五天内跟进）", "B (within 15 days)", "info"),
    choice("c", "C（三十天内跟进）", "C (within 30 days)"),
    choice("o", "O（已订车）", "O (ordered)", "ok"),
    choice("f", "F（战败）", "F (lost)"),
)
HORIZONS = (
    choice("week", "一周内", "Within a week"),
    choice("month", "一个月内", "Within a month"),
    choice("quarter", "三个月内", "Within three months"),
    choice("later", "三个月以后", "Later"),
)
ROLES = (
    choice("prospect", "意向客户", "Prospect"),
    choice("owner", "车主", "Owner", "ok"),
    choice("driver", "使用人", "Driver"),
    choice("fleet", "单位车队", "Fleet"),
)
ENERGIES = (
    choice("petrol", "燃油", "Petrol or diesel"),
    choice("hybrid", "混合动力", "Hybrid"),
    choice("electric", "纯电动", "Electric", "teal"),
)
CATEGORIES = (
    choice("engine", "发动机", "Engine"),
    choice("transmission", "变速器", "Transmission"),
    choice("battery", "动力蓄电池", "Traction battery"),
    choice("motor", "行驶驱动电机", "Drive motor"),
    choice("steering", "转向系统", "Steering"),
    choice("brakes", "制动系统", "Brakes"),
    choice("suspension", "悬架系统", "Suspension"),
    choice("drivetrain", "传动系统", "Drivetrain"),
    choice("emissions", "污染控制装置", "Emission control"),
    choice("body", "车身", "Body"),
    choice("other", "其他", "Other"),
)
SEVERITIES = (
    choice("ordinary", "一般质量问题", "Ordinary"),
    choice("safety", "严重安全性能故障", "Serious safety fault", "bad"),
)
INCIDENTS = (
    choice("steering_failure", "转向系统失效", "Steering failed", "bad"),
    choice("brake_failure", "制动系统失效", "Brakes failed", "bad"),
    choice("body_crack", "车身开裂", "Body cracked", "bad"),
    choice("fuel_leak", "燃油泄漏", "Fuel leaked", "bad"),
    choice("battery_fire", "动力蓄电池起火", "Traction battery burnt", "bad"),
)
DEMANDS = (choice("replace", "更换", "Replacement"), choice("refund", "退货", "Refund"))
REJECTIONS = (
    choice("conditions_not_met", "不符合更换或者退货条件", "Conditions not met"),
    choice("told_defect", "购买时已书面告知的瑕疵", "Defect told in writing on purchase"),
    choice("misuse", "未按说明书使用、维护、保养", "Used or maintained against the manual"),
    choice("modified", "擅自改装、调整、拆卸", "Modified against the manual"),
    choice("owner_handling", "发生问题后自行处置不当", "Handled wrongly by the owner"),
    choice("force_majeure", "不可抗力", "Force majeure"),
)
"""The exemptions of article 32. That the car was serviced elsewhere is none, so it is not to be chosen."""


def of_vehicle(key: str, zh: str, en: str, kind: Any = "text", **more: Any) -> Field:
    return Field(key=key, on="record:vehicle", label=label(zh, en), kind=kind, **more)


def of_repair(key: str, zh: str, en: str, kind: Any = "text", **more: Any) -> Field:
    return Field(key=key, on="record:repair", label=label(zh, en), kind=kind, **more)


BUYER = (
    Field(key="owner_role", label=label("客户角色", "Role"), kind="choice", choices=ROLES),
    Field(
        key="intent_grade", label=label("意向等级", "Intent grade"), kind="choice", choices=INTENT_GRADES, indexed=True
    ),
    Field(key="purchase_horizon", label=label("购车时间", "Buys"), kind="choice", choices=HORIZONS),
    Field(key="model_of_interest", label=label("意向车型", "Model of interest"), kind="text", max_length=80),
    Field(key="trade_in", label=label("有置换需求", "Wants to trade in"), kind="boolean"),
    Field(key="needs_finance", label=label("有金融需求", "Needs finance"), kind="boolean", sensitivity="personal"),
)
VEHICLE = (
    of_vehicle(
        "vin", "车辆识别代号（VIN）", "VIN", required=True, validator=standards.vin, sensitivity="personal", mask="vin",
        max_length=24,
    ),
    of_vehicle("plate", "号牌", "Plate", validator=standards.plate, sensitivity="personal", mask="plate", max_length=16),
    of_vehicle("engine_no", "发动机号", "Engine number", sensitivity="personal", mask="text", max_length=30),
    of_vehicle("model", "车型", "Model", required=True, max_length=80),
    of_vehicle("energy", "动力类型", "Energy", "choice", choices=ENERGIES),
    of_vehicle("price", "车价款", "Price", "money", currency=CURRENCY, minimum=0),
    of_vehicle("invoice_date", "购车发票日期", "Invoice date", "date"),
    of_vehicle("delivered_at", "交付日期", "Delivered on", "date"),
    of_vehicle(
        "covered_from", "三包起算日", "Warranty counts from", "date",
        help=label("交付日期；未登记时为发票日期。自动填写。", "Day of delivery, else of the invoice. Filled in by itself."),
    ),
    of_vehicle("warranty_years", "包修期（年）", "Warranty, years", "integer", minimum=3, maximum=20),
    of_vehicle("warranty_km", "包修里程", "Warranty, distance", "integer", unit=KILOMETRES, minimum=60_000),
    of_vehicle(
        "use_factor", "使用补偿系数", "Use factor", "decimal", unit=label("%", "%"), minimum=0, maximum=Decimal("0.5"),
        help=label("三包凭证上明示，不高于 0.5%。", "As on the warranty certificate, at most 0.5%."),
    ),
)  # fmt: skip
REPAIR = (
    of_repair("fault_category", "故障部位", "Fault", "choice", choices=CATEGORIES, required=True),
    of_repair("main_part", "主要零部件", "Main part", max_length=80),
    of_repair("problem_key", "质量问题编号", "Problem", max_length=40, help=label(
        "同一质量问题用同一编号。", "The same problem has the same key.")),
    of_repair("severity", "严重程度", "Severity", "choice", choices=SEVERITIES),
    of_repair("incident", "法定情形", "Incident", "choice", choices=INCIDENTS),
    of_repair("quality_problem", "属质量问题", "A quality problem", "boolean", help=label(
        "事故、易损耗件、第三十二条情形填“否”。", "No for accidents, wearing parts and what article 32 exempts.")),
    of_repair("opened_at", "确定修理时间", "Repair agreed", "datetime", required=True),
    of_repair("closed_at", "完成修理时间", "Repair finished", "datetime"),
    of_repair("excluded_hours", "不计入的小时数", "Hours not counted", "integer", minimum=0, maximum=9999, help=label(
        "定制零部件和动力蓄电池的运输、外出救援路途。", "Transport of custom parts and traction batteries, rescue journeys.")),
    of_repair("odometer", "送修里程", "Odometer on arrival", "integer", unit=KILOMETRES, minimum=0, maximum=9_999_999),
    of_repair("assembly_replaced", "更换了总成", "Assembly replaced", "boolean"),
    of_repair("part_replaced", "更换了主要零部件", "Main part replaced", "boolean"),
    of_repair("resolved", "故障已排除", "Fault gone", "boolean"),
)  # fmt: skip
SANBAO = (
    Field(key="demand", on="case", label=label("消费者要求", "Demand"), kind="choice", choices=DEMANDS),
    Field(key="reply", on="case", label=label("答复内容", "Reply"), kind="long_text", max_length=2000),
    Field(
        key="rejection_reason", on="case", label=label("不予更换或退货的理由", "Reason for refusing"), kind="choice",
        choices=REJECTIONS,
    ),
    Field(key="certificate_no", on="case", label=label("换车（退车）证明编号", "Certificate"), kind="text", max_length=60),
)  # fmt: skip

FIELDS = (*BUYER, *VEHICLE, *REPAIR, *SANBAO)
