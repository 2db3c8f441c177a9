"""What is owed to everybody alike: a price that does not hang on the person, a guardian's word for a child, a tier kept until its
review, three times the price after fraud.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.plugin import Reason, Rule, label
from plugins.retail.fields.choices import TIERS
from plugins.retail.rules.facts import FEN, denied, held

RANK = {tier.key: rank for rank, tier in enumerate(TIERS)}
PIPL = "《个人信息保护法》"


def child(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """A person below the age whose guardian has not agreed. Asked before marketing, and before one becomes a member."""
    person = held(subject)
    born = person.get("birthday")
    if not born or person.get("guardian_consent"):
        return None
    today = _today(subject)
    day = date.fromisoformat(born)
    age = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    years = int(parameters["guardian_age"])
    if age >= years:
        return None
    return denied(
        "guardian", f"客户不满 {years} 周岁，处理其个人信息须先取得父母或其他监护人的同意。",
        f"The person is below the age of {years}: a parent or guardian has to agree first.", "guardian_age",
    )  # fmt: skip


def _today(subject: Mapping[str, Any]) -> date:
    """The customer's date. A contact is told the moment only."""
    if "local_date" in subject:
        told: date = subject["local_date"]
        return told
    moment: datetime = subject["at"]
    return moment.astimezone(ZoneInfo(subject["customer"]["time_zone"])).date()


def tier_moves(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """Up to a higher one at once; down only from the day of review on, and to a lower one."""
    card = held(subject["record"])
    wanted, has = held(subject["case"]).get("wanted_tier"), card.get("tier")
    if wanted is None or has is None:
        return None
    up = subject["step"] == "raise_tier"
    if (RANK[wanted] > RANK[has]) is not up or wanted == has:
        zh = f"拟定等级须{'高' if up else '低'}于现有等级。"
        en = f"The tier to be has to be {'above' if up else 'below'} the one that is held."
        return denied("tier_direction", zh, en)
    review = card.get("review_on")
    if up or (review and subject["local_date"] >= date.fromisoformat(review)):
        return None
    return denied(
        "tier_review",
        f"降级只在等级复核日进行{f'（{review}）' if review else '，请先登记复核日'}。",
        f"A tier falls at its review only{f', on {review}' if review else ': note its day first'}.",
    )


def fraud(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """What was found to be fraud is made good with so many times the price, and no less than the minimum, in yuan."""
    case = held(subject["case"])
    if not case.get("fraud"):
        return None
    times, least = Decimal(parameters["fraud_times"]), Decimal(parameters["fraud_minimum"]) * FEN
    owed = max(times * (case.get("price_paid") or 0), least)
    if (case.get("compensation") or 0) >= owed:
        return None
    return denied(
        "fraud_compensation",
        f"认定欺诈的，增加赔偿应为价款的 {times} 倍且不低于 {parameters['fraud_minimum']} 元，即至少 {owed / FEN:.2f} 元。",
        f"After fraud {times} times the price is owed, {parameters['fraud_minimum']} yuan at least: {owed / FEN:.2f} here.",
        "fraud_times",
        "fraud_minimum",
    )


FAIRNESS = (
    Rule(
        key="price_by_person",
        label=label("不得按个人特征差别定价", "No price set by personal features"),
        action="record_change",
        on=("order",),
        citation=f"{PIPL}第二十四条第一款",
        when={"op": "eq", "field": "record.retail.price_basis", "value": "personal"},
        reason=label(
            "不得利用个人特征对交易价格实行不合理的差别待遇，请按公开价格成交。",
            "A price may not differ by personal features. Sell at a price that is open to everyone.",
        ),
    ),
    Rule(
        key="guardian_contact",
        label=label("未成年人营销须监护人同意", "Marketing to a child needs a guardian's consent"),
        action="outbound_contact",
        citation=f"{PIPL}第三十一条第一款",
        parameters=("guardian_age",),
        purposes=("marketing", "retention", "survey"),
        decide=child,
    ),
    Rule(
        key="guardian_membership",
        label=label("未成年人入会须监护人同意", "A child's membership needs a guardian's consent"),
        action="case_step",
        on=("membership",),
        steps=("register",),
        citation=f"{PIPL}第三十一条第一款",
        parameters=("guardian_age",),
        decide=child,
    ),
    Rule(
        key="tier_moves",
        label=label("等级升降", "How tiers rise and fall"),
        action="case_step",
        on=("membership",),
        steps=("raise_tier", "lower_tier"),
        citation="会员章程（本企业规定） / Terms of the membership, house rule",
        mandatory=False,
        decide=tier_moves,
    ),
    Rule(
        key="fraud_compensation",
        label=label("欺诈的惩罚性赔偿", "Damages after fraud"),
        action="case_step",
        on=("complaint",),
        steps=("accept", "agree"),
        citation="《消费者权益保护法》第五十五条第一款",
        parameters=("fraud_times", "fraud_minimum"),
        decide=fraud,
    ),
)
