"""What stops a step of a sale: a unit that is taken, a project without a valid pre-sale permit, a deposit that is too high.

All read the subject of the action `case_step`: `step` (None on opening), `case`, `record` with its `parents`, `local_date`.
The race of two who subscribe one unit at the same moment is decided by the database (`holds.py`), not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from core.plugin import Reason, Rule, label
from plugins.realestate.records import FREE

SELLING = frozenset({"subscribed", "signed"})
"""Where a step of the sale binds the buyer."""


def own(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = holder["attributes"].get("realestate", {})
    return found


def name_of(unit: Mapping[str, Any]) -> str:
    return str(own(unit).get("unit_name", ""))


def double_sale(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """A unit is sold once. Whoever comes later is told which unit it is, so that another can be chosen."""
    unit = subject["record"]
    if subject["step"] is not None or unit is None or unit["state"] in FREE:
        return None
    name = name_of(unit)
    return Reason(
        code="realestate.double_sale",
        text=label(
            f"房源 {name} 不可售（已被认购、签约，或未推出、被查封），请另选房源。",
            f"Unit {name} is not for sale: it is taken, not released or seized. Choose another unit.",
        ),
        verdict="deny",
    )


def no_permit(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Homes that are not finished are sold with a pre-sale permit in force; finished ones need none."""
    if subject["case"]["target"] not in SELLING:
        return None
    unit = subject["record"]
    parents = unit["parents"] if unit is not None else ()
    project = next((own(each) for each in parents if each["type"] == "realestate.project"), {})
    if project.get("sale_basis") == "completed" or in_force(project, on=subject["local_date"]):
        return None
    name, percent = str(project.get("project_name", "")), parameters["permit_penalty_percent"]
    return Reason(
        code="realestate.no_permit",
        text=label(
            f"楼盘 {name} 没有有效的商品房预售许可证明，不得认购、签约（擅自预售可并处预付款 {percent}% 以下罚款）。",
            f"Project {name} has no valid pre-sale permit: nothing may be subscribed or signed "
            f"(the fine is up to {percent}% of what was prepaid).",
        ),
        verdict="deny",
        parameters=("permit_penalty_percent",),
    )


def in_force(project: Mapping[str, Any], *, on: date) -> bool:
    """Both days of the permit count."""
    if not project.get("presale_permit_no"):
        return False
    begins, ends = project.get("permit_valid_from"), project.get("permit_valid_until")
    return (begins is None or date.fromisoformat(begins) <= on) and (ends is None or on <= date.fromisoformat(ends))


def deposit_too_high(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """At most so many percent of the price, or of the list price while none is agreed."""
    sale, unit = own(subject["case"]), subject["record"]
    deposit = sale.get("deposit")
    price = sale.get("price") or (own(unit).get("list_price") if unit is not None else None)
    percent = Decimal(parameters["deposit_max_percent"])
    if (
        subject["case"]["target"] not in SELLING
        or not deposit
        or not price
        or Decimal(deposit) * 100 <= percent * price
    ):
        return None
    return Reason(
        code="realestate.deposit_too_high",
        text=label(
            f"定金超过总价的 {percent}%，超过部分不产生定金的效力，请改正金额。",
            f"The deposit is more than {percent}% of the price; the excess has no effect as one. Correct the amount.",
        ),
        verdict="deny",
        parameters=("deposit_max_percent",),
    )


RULES = (
    Rule(
        key="double_sale",
        label=label("一房不得二卖", "A unit is sold once"),
        action="case_step",
        on=("sale",),
        citation="《最高人民法院关于审理商品房买卖合同纠纷案件适用法律若干问题的解释》第七条；《民法典》第五百八十七条",
        decide=double_sale,
    ),
    Rule(
        key="no_permit",
        label=label("无预售许可不得销售", "No sale without a pre-sale permit"),
        action="case_step",
        on=("sale",),
        citation=(
            "《城市房地产管理法》第四十五条第一款第四项；《城市房地产开发经营管理条例》第二十六条第一款、第三十六条；"
            "《最高人民法院关于审理商品房买卖合同纠纷案件适用法律若干问题的解释》第二条"
        ),
        parameters=("permit_penalty_percent",),
        decide=no_permit,
    ),
    Rule(
        key="deposit_cap",
        label=label("定金不超过总价的两成", "A deposit of at most a fifth"),
        action="case_step",
        on=("sale",),
        citation="《民法典》第五百八十六条第二款",
        severity="medium",
        parameters=("deposit_max_percent",),
        decide=deposit_too_high,
    ),
)
