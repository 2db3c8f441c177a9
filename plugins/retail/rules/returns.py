"""When a return is owed, and when it is looked at twice.

Acts of a return read `case.attributes` and `counts` of the customer's orders and returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.plugin import Count, Reason, Rule, label
from plugins.retail.fields.choices import DISTANCE, EXCLUDED
from plugins.retail.records import BOUGHT, BROUGHT_BACK
from plugins.retail.rules.facts import denied, held


def not_owed(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """A return without a reason is owed for goods sold at a distance, of a kind not excluded, in its seven days.

    The day of receipt does not count. A last day off moves to the next working day, which a person looks at: what is late
    is held, what is excluded is denied.
    """
    asked = held(subject["case"])
    if asked.get("return_reason") != "no_reason":
        return None
    order = held(subject["record"])
    if order.get("channel") not in (None, *DISTANCE):
        return denied(
            "no_reason_shop", "门店购买的商品不适用七日无理由退货。", "Goods bought in a shop are not owed this."
        )
    if asked.get("goods") in EXCLUDED:
        zh = "该类商品不适用七日无理由退货（定作、鲜活易腐、已拆封数字化商品、报刊、购买时确认）。"
        return denied("no_reason_excluded", zh, "Goods of this kind are excluded from the return without a reason.")
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


def without_receipt(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """A return without a receipt, of a customer who has had so many returns lately."""
    if not held(subject["case"]).get("without_receipt"):
        return None
    before, most = subject["counts"]["return_cases"], int(parameters["receiptless_returns"])
    if before + 1 < most:
        return None
    days = parameters["return_abuse_days"]
    return Reason(
        code="retail.return_without_receipt",
        text=label(
            f"无购物凭证退货，且近 {days} 天已有 {before} 次退货申请，须人工审批。",
            f"There is no receipt, and {before} returns were asked for in {days} days: a second person has to approve.",
        ),
        verdict="hold",
        parameters=("receiptless_returns", "return_abuse_days"),
    )


RETURNS = (
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
        key="return_without_receipt",
        label=label("多次无凭证退货须审批", "Repeated returns without a receipt need approval"),
        action="case_step",
        on=("returns",),
        steps=("approve",),
        citation="零售退货风控规则 R-R1（本企业规定） / R-R1, house rule",
        verdict="hold",
        severity="medium",
        mandatory=False,
        parameters=("receiptless_returns", "return_abuse_days"),
        counts=(Count(key="return_cases", of="case:returns", days="return_abuse_days"),),
        decide=without_receipt,
    ),
)
