"""When a return is owed, when it is looked at twice, and how much a prepaid card may hold.

Acts of a return read `case.attributes` and `counts` of the customer's orders; those of a card read `record`, and the watch
over a membership its `children`. Amounts are in minor units, parameters in yuan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.plugin import Count, Reason, Rule, label
from plugins.retail.fields import DISTANCE, EXCLUDED
from plugins.retail.records import BOUGHT, BROUGHT_BACK

FEN = 100


def not_owed(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """A return without a reason is owed for goods sold at a distance, of a kind not excluded, in its seven days.

    The day of receipt does not count. A last day off moves to the next working day, which a person looks at: what is late
    is held, what is excluded is denied.
    """
    asked = subject["case"]["attributes"].get("retail", {})
    if asked.get("return_reason") != "no_reason":
        return None
    order = (subject["record"] or {"attributes": {}})["attributes"].get("retail", {})
    if order.get("channel") not in (None, *DISTANCE):
        return _denied("shop", "门店购买的商品不适用七日无理由退货。", "Goods bought in a shop are not owed this.")
    if asked.get("goods") in EXCLUDED:
        zh = "该类商品不适用七日无理由退货（定作、鲜活易腐、已拆封数字化商品、报刊、购买时确认）。"
        return _denied("excluded", zh, "Goods of this kind are excluded from the return without a reason.")
    received, requested = asked.get("received_on"), asked.get("requested_on")
    if not received or not requested:
        return None
    days = int(parameters["no_reason_days"])
    last = date.fromisoformat(str(received)) + timedelta(days=days)
    if date.fromisoformat(str(requested)) <= last:
        return None
    return Reason(
        code="retail.no_reason_late",
        text=label(
            f"退货要求晚于收货后 {days} 日（至 {last}）。末日为休息日的顺延，请人工核对。",
            f"It was asked for more than {days} days after receipt (until {last}). "
            "A last day off moves to the next working day: have somebody look.",
        ),
        verdict="hold",
        parameters=("no_reason_days",),
    )


def returns_too_often(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """More than a share of what was bought lately came back, of enough purchases to say so."""
    bought, back = subject["counts"]["purchases"], subject["counts"]["returns"]
    share, least = Decimal(parameters["return_abuse_share"]), int(parameters["return_abuse_minimum"])
    if bought < least or back <= share * bought:
        return None
    days = parameters["return_abuse_days"]
    return Reason(
        code="retail.return_abuse",
        text=label(
            f"近 {days} 天 {bought} 笔订单中退换 {back} 笔，超过 {share:%}，须人工审批。",
            f"Of {bought} orders in {days} days {back} came back, more than {share:%}: a second person has to approve.",
        ),
        verdict="hold",
        parameters=("return_abuse_share", "return_abuse_minimum", "return_abuse_days"),
    )


def above_card_limit(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """What a prepaid card holds, after a sale or a top-up alike."""
    record = subject["record"]
    kind = record["attributes"].get("retail", {}).get("kind")
    key = {"named": "prepaid_named_limit", "unnamed": "prepaid_unnamed_limit"}.get(kind)
    if key is None or record["amount_minor"] is None or record["amount_minor"] <= Decimal(parameters[key]) * FEN:
        return None
    zh, en = {"named": ("记名卡", "named"), "unnamed": ("不记名卡", "unnamed")}[kind]
    return Reason(
        code="retail.prepaid_limit",
        text=label(
            f"单张{zh}资金限额为 {parameters[key]} 元。",
            f"A single {en} card holds at most {parameters[key]} yuan.",
        ),
        verdict="deny",
        parameters=(key,),
    )


def split_purchases(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Several purchases of cards on one day, each just below the amount from which the buyer has to be identified."""
    limit = Decimal(parameters["prepaid_identify_from"]) * FEN
    floor = limit * Decimal(parameters["structuring_share"])
    zone = ZoneInfo(subject["customer"]["time_zone"]) if subject["customer"] else UTC
    earliest = subject["local_date"] - timedelta(days=int(parameters["structuring_days"]))
    days: dict[date, set[str]] = defaultdict(set)
    for card in subject["children"].get("prepaid_card", ()):
        held = card["attributes"].get("retail", {})
        bought, total = card["occurred_at"], held.get("purchase_total")
        if bought is not None and held.get("purchase_no") and total is not None and floor <= total < limit:
            days[bought.astimezone(zone).date()].add(held["purchase_no"])
    most = int(parameters["structuring_purchases"])
    found = sorted(day for day, purchases in days.items() if day >= earliest and len(purchases) >= most)
    if not found:
        return None
    return Reason(
        code="retail.structuring",
        text=label(
            f"{found[-1]} 当日 {len(days[found[-1]])} 次购卡金额均略低于 {parameters['prepaid_identify_from']} 元"
            "的实名登记标准，疑似拆分。",
            f"On {found[-1]} cards were bought {len(days[found[-1]])} times for just under "
            f"{parameters['prepaid_identify_from']} yuan, from which a buyer is identified: this looks split.",
        ),
        verdict="warn",
        parameters=("prepaid_identify_from", "structuring_share", "structuring_purchases", "structuring_days"),
    )


def _denied(code: str, zh: str, en: str) -> Reason:
    return Reason(code=f"retail.no_reason_{code}", text=label(zh, en), verdict="deny")


RULES = (
    Rule(
        key="no_reason_return",
        label=label("七日无理由退货的范围与期限", "What may be returned without a reason, and until when"),
        action="case_step",
        on=("returns",),
        steps=("approve", "authorise"),
        citation="《消费者权益保护法》第二十五条",
        parameters=("no_reason_days",),
        decide=not_owed,
    ),
    Rule(
        key="return_abuse",
        label=label("频繁退换须审批", "Frequent returns need approval"),
        action="case_step",
        on=("returns",),
        steps=("approve",),
        citation="零售退货风控规则 R-R1（本企业规定） / R-R1, house rule",
        verdict="hold",
        severity="medium",
        mandatory=False,
        parameters=("return_abuse_share", "return_abuse_minimum", "return_abuse_days"),
        counts=(
            Count(key="purchases", of="record:order", states=BOUGHT, days="return_abuse_days"),
            Count(key="returns", of="record:order", states=BROUGHT_BACK, days="return_abuse_days"),
        ),
        decide=returns_too_often,
    ),
    Rule(
        key="prepaid_limit",
        label=label("预付卡限额", "How much a prepaid card may hold"),
        action="record_change",
        on=("prepaid_card",),
        citation="《单用途商业预付卡管理办法（试行）》（商务部令2012年第9号）",
        parameters=("prepaid_named_limit", "prepaid_unnamed_limit"),
        decide=above_card_limit,
    ),
    Rule(
        key="prepaid_structuring",
        label=label("疑似拆分购卡", "Purchases of cards that look split"),
        action="record_watch",
        on=("membership",),
        children=("prepaid_card",),
        citation="《单用途商业预付卡管理办法（试行）》购卡实名登记；次数口径参照中国人民银行征求意见稿",
        verdict="warn",
        severity="high",
        parameters=("prepaid_identify_from", "structuring_share", "structuring_purchases", "structuring_days"),
        decide=split_purchases,
    ),
)
