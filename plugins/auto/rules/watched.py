"""What is watched on a vehicle: an odometer that cannot be true, and repairs that come near to a claim.

Both read the subject of the action `record_watch`: `record`, `readings["odometer"]`, `children["repair"]`, `at`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.plugin import Reason, Rule, label
from plugins.auto.sanbao import Assessment, Jump, Repair, Vehicle, evaluate_sanbao, odometer_jumps

ODOMETER = ("odometer_tolerance_km", "odometer_km_per_day")
SANBAO = (
    "warranty_years", "warranty_km", "sanbao_years", "sanbao_km", "early_days", "early_km", "first_days", "loaner_days",
    "safety_repairs", "replacements", "repair_days", "same_problem_repairs", "use_factor_max", "warn_repair_days",
)  # fmt: skip
REMEDIES = {
    "replace_or_refund": ("可要求更换或退货", "replacement or refund"),
    "replace_assembly": ("可要求更换总成", "a new assembly"),
    "loaner": ("应提供备用车或补偿", "a loaner or compensation"),
}


def own(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = holder["attributes"].get("auto", {})
    return found


def odometer(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """A reading below the one before, or more in a day than a car can go, and no replaced instrument to explain it."""
    found = jumps(subject, parameters)
    if not found:
        return None
    jump = found[0]
    back = jump.kind == "back"
    zh = f"里程表由 {jump.earlier} 公里{'退到' if back else '跳到'} {jump.later} 公里，请核实；更换过里程表的须补记。"
    en = (
        f"The odometer went {'back' if back else 'on too fast'} from {jump.earlier} to {jump.later} km. "
        "Find out why; note it if the instrument was replaced."
    )
    return Reason(code=f"auto.odometer_{jump.kind}", text=label(zh, en), verdict="warn", parameters=ODOMETER)


def jumps(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Sequence[Jump]:
    """Readings that do not fit, the newest first."""
    return odometer_jumps(
        subject["readings"].get("odometer", ()),
        tolerance=int(parameters["odometer_tolerance_km"]),
        km_per_day=int(parameters["odometer_km_per_day"]),
    )


def near_sanbao(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """A ground is there, or a counter stands one below its end. Only while the vehicle is with a consumer."""
    if subject["record"]["state"] != "sold":
        return None
    found = assess(subject, parameters)
    if not found.grounds and not found.near:
        return None
    grounds = [(each.article, *REMEDIES[each.remedy]) for each in found.grounds]
    zh = "；".join(
        [f"第 {article} 条：{what}" for article, what, _ in grounds]
        + [f"第 {each.article} 条：已 {each.count}，界限 {each.limit}" for each in found.near]
    )
    en = "; ".join(
        [f"article {article}: {what}" for article, _, what in grounds]
        + [f"article {each.article}: {each.count} of {each.limit}" for each in found.near]
    )
    code = "auto.sanbao_due" if found.grounds else "auto.sanbao_near"
    return Reason(
        code=code,
        text=label(
            f"三包：{zh}。请联系厂家并告知消费者。", f"Statutory warranty: {en}. Turn to the maker, tell the consumer."
        ),
        verdict="warn",
        parameters=SANBAO,
    )


def assess(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Assessment:
    """From a documented subject, whose attributes are as stored."""
    held, readings = own(subject["record"]), subject["readings"].get("odometer", ())
    covered = held.get("covered_from") or held.get("delivered_at") or held.get("invoice_date")
    vehicle = Vehicle(
        covered_from=date.fromisoformat(covered) if covered else None,
        odometer=readings[0]["value"] if readings else None,
        warranty_years=held.get("warranty_years", 0),
        warranty_km=held.get("warranty_km", 0),
        price_minor=held.get("price"),
        use_factor=Decimal(held["use_factor"]) if "use_factor" in held else None,
    )
    repairs = [repair(own(each)) for each in subject["children"].get("repair", ()) if own(each).get("opened_at")]
    return evaluate_sanbao(vehicle, repairs, subject["at"], parameters)


def repair(held: Mapping[str, Any]) -> Repair:
    closed = held.get("closed_at")
    return Repair(
        opened_at=datetime.fromisoformat(held["opened_at"]),
        closed_at=datetime.fromisoformat(closed) if closed else None,
        odometer=held.get("odometer"),
        category=held.get("fault_category", "other"),
        part=held.get("main_part", ""),
        problem=held.get("problem_key", ""),
        safety=held.get("severity") == "safety",
        incident=held.get("incident", ""),
        quality=held.get("quality_problem", True),
        assembly_replaced=held.get("assembly_replaced", False),
        part_replaced=held.get("part_replaced", False),
        resolved=held.get("resolved"),
        excluded_hours=held.get("excluded_hours", 0),
    )


WATCHED = (
    Rule(
        key="odometer",
        label=label("里程异常", "Odometer in doubt"),
        action="record_watch",
        on=("vehicle",),
        citation="《消费者权益保护法》第五十五条第一款（欺诈的三倍赔偿）；阈值为 Kehub 默认值",
        verdict="warn",
        mandatory=False,
        parameters=ODOMETER,
        decide=odometer,
    ),
    Rule(
        key="sanbao",
        label=label("临近或达到三包退换条件", "Near or at a claim to replacement or refund"),
        action="record_watch",
        on=("vehicle",),
        citation="《家用汽车产品修理更换退货责任规定》第十八条、第二十条至第二十四条、第二十七条、第四十条",
        verdict="warn",
        children=("repair",),
        opens="sanbao",
        parameters=SANBAO,
        decide=near_sanbao,
    ),
)
