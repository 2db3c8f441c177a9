"""What looks wrong about points: too many baskets on one card, two stores at once, a redemption after the account was taken over.

The watch over an order reads `record` with its membership in `parents`, `counts.baskets` and the membership's other orders in
`children`; a redemption reads the membership as `record`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.plugin import Count, Reason, Rule, label
from plugins.retail.records import BOUGHT
from plugins.retail.rules.facts import held

HOUSE = "零售积分风控规则 R-R5（本企业规定） / R-R5, house rule"
EMPLOYEES = "零售收银风控规则 R-R4（本企业规定） / R-R4, house rule"


def card_of(subject: Mapping[str, Any]) -> Mapping[str, Any] | None:
    parents = subject["record"].get("parents") or ()
    return held(parents[0]) if parents else None


def too_many_baskets(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """More orders on a member's card in a day than a household makes; an employee's card has a limit of its own."""
    card = card_of(subject)
    if card is None or subject["record"]["state"] not in BOUGHT:
        return None
    baskets = subject["counts"]["baskets"] + 1
    key = "employee_baskets" if card.get("employee") else "points_baskets"
    if baskets <= int(parameters[key]):
        return None
    zh, en = ("员工卡", "an employee's card") if card.get("employee") else ("会员卡", "a member's card")
    return Reason(
        code="retail.points_velocity",
        text=label(
            f"{zh}一天内累计 {baskets} 笔订单，超过 {parameters[key]} 笔，疑似代刷积分。",
            f"{baskets} orders in a day on {en}, more than {parameters[key]}: somebody may collect points for others.",
        ),
        verdict="warn",
        parameters=(key,),
    )


def two_stores(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """The card was used in two stores within less time than the way takes."""
    record = subject["record"]
    here, at = held(record).get("store"), record["occurred_at"]
    if not here or at is None or held(record).get("channel") != "store":
        return None
    way = timedelta(minutes=int(parameters["store_travel_minutes"]))
    for other in subject["children"].get("order", ()):
        there, then = held(other), other["occurred_at"]
        if then is None or there.get("channel") != "store" or there.get("store") in (None, here):
            continue
        if abs(at - then) < way:
            return Reason(
                code="retail.points_two_stores",
                text=label(
                    f"同一会员卡在 {parameters['store_travel_minutes']} 分钟内于两家门店消费，请核实持卡人。",
                    f"The card was used in two stores within {parameters['store_travel_minutes']} minutes. "
                    "Find out who holds it.",
                ),
                verdict="warn",
                parameters=("store_travel_minutes",),
            )
    return None


def taken_over(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Points are redeemed shortly after password and phone of the account were changed."""
    changed = held(subject["record"]).get("credentials_changed_at")
    if not changed:
        return None
    hours = int(parameters["takeover_hours"])
    if subject["at"] - datetime.fromisoformat(changed) >= timedelta(hours=hours):
        return None
    return Reason(
        code="retail.points_takeover",
        text=label(
            f"该会员 {hours} 小时内变更过密码与手机号，兑换前须由第二人核实本人。",
            f"Password and phone were changed within {hours} hours: a second person makes sure who is asking.",
        ),
        verdict="hold",
        parameters=("takeover_hours",),
    )


POINTS = (
    Rule(
        key="points_velocity",
        label=label("同卡一天订单过多", "Too many orders on a card in a day"),
        action="record_watch",
        on=("order",),
        citation=f"{HOUSE}；{EMPLOYEES}",
        verdict="warn",
        severity="medium",
        mandatory=False,
        parameters=("points_baskets", "employee_baskets"),
        counts=(Count(key="baskets", of="record:order", states=BOUGHT, days=1),),
        decide=too_many_baskets,
    ),
    Rule(
        key="points_two_stores",
        label=label("同卡短时间内两店消费", "One card in two stores at once"),
        action="record_watch",
        on=("order",),
        children=("order",),
        citation=HOUSE,
        verdict="warn",
        severity="medium",
        mandatory=False,
        parameters=("store_travel_minutes",),
        decide=two_stores,
    ),
    Rule(
        key="points_takeover",
        label=label("账户异动后兑换须核实", "A redemption after the account changed hands"),
        action="case_step",
        on=("points",),
        steps=("reserve",),
        citation=HOUSE,
        verdict="hold",
        mandatory=False,
        parameters=("takeover_hours",),
        decide=taken_over,
    ),
)
