"""Is the bill a shock, did the customer agree to be sold to, and is an offer fulfilled before the cooling-off is over.

The first two read the subject of the action `outbound_contact`: `purpose`, `channel`, `attributes["telecom"]` (money in minor
units), `consents` by "purpose:channel", `do_not_contact`. Retention sells too, so it needs the consent for marketing.
The third reads the subject of `case_step`: the day the customer confirmed is a field of the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.plugin import Reason, Rule, label

SELLING = ("marketing", "retention")
ASKING = (*SELLING, "survey", "collections")


def bill_shock(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """More than `bill_shock_multiple` times the mean of the three months before.

    The article obliges the operator to tell the customer quickly. So a service contact passes with the warning that it
    has to explain the bill, and every other contact waits until somebody has.
    """
    attributes = subject["attributes"].get("telecom", {})
    charge, mean = attributes.get("monthly_charge"), attributes.get("charge_mean_3m")
    multiple = Decimal(parameters["bill_shock_multiple"])
    if charge is None or not mean or Decimal(charge) <= multiple * mean:
        return None
    holds = subject["purpose"] in ASKING
    zh = f"本月费用超过前三个月平均费用的 {multiple} 倍，" + (
        "须先告知并说明，再作其他联络。" if holds else "本次联络须告知并说明。"
    )
    en = f"This month's charge is more than {multiple} times the mean of the three months before. " + (
        "Tell the customer and explain it before any other contact." if holds else "Explain it in this contact."
    )
    return Reason(
        code="telecom.bill_shock",
        text=label(zh, en),
        verdict="hold" if holds else "warn",
        parameters=("bill_shock_multiple",),
    )


def no_consent(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """No commercial message or call without the customer's consent to it; who does not answer has refused."""
    status = subject["consents"].get(f"marketing:{subject['channel']}", "never")
    months = parameters["consent_proof_months"]
    if status == "granted" and "marketing" not in subject["do_not_contact"]:
        return None
    if status == "never":
        code, zh = (
            "telecom.consent_missing",
            f"客户未同意在此渠道接收商业信息。请先取得同意，凭证至少保存 {months} 个月。",
        )
        en = (
            "The customer has not agreed to commercial contact on this channel. "
            f"Ask for consent first and keep its proof for at least {months} months."
        )
    else:
        code, zh = "telecom.consent_refused", "客户已拒绝商业信息，不得再次发送或拨打。"
        en = "The customer has refused commercial contact; do not contact again for it."
    return Reason(code=code, text=label(zh, en), verdict="deny", parameters=("consent_proof_months",))


def cooling_off(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """The day of the second confirmation does not count; the offer may be fulfilled on the day after the last one."""
    confirmed = subject["case"]["attributes"].get("telecom", {}).get("confirmed_on")
    days = int(parameters["retention_cooling_days"])
    if not confirmed:
        return Reason(
            code="telecom.not_confirmed",
            text=label(
                "缺少二次确认日期，请先补录。", "The day of the second confirmation is missing. Enter it first."
            ),
            verdict="hold",
        )
    over = date.fromisoformat(str(confirmed)) + timedelta(days=days + 1)
    if subject["local_date"] >= over:
        return None
    zone = ZoneInfo(subject["customer"]["time_zone"])
    return Reason(
        code="telecom.cooling_off",
        text=label(
            f"冷静期为二次确认后 {days} 天，{over} 起方可兑现。",
            f"Cooling-off lasts {days} days after the second confirmation; the offer may be fulfilled from {over}.",
        ),
        verdict="defer",
        until=datetime.combine(over, time(), zone).astimezone(UTC),
        parameters=("retention_cooling_days",),
    )


RULES = (
    Rule(
        key="bill_shock",
        label=label("巨额话费先说明", "Explain a bill shock first"),
        action="outbound_contact",
        citation="《中华人民共和国电信条例》第三十三条第二款、第三款",
        verdict="hold",
        severity="medium",
        parameters=("bill_shock_multiple",),
        decide=bill_shock,
    ),
    Rule(
        key="commercial_consent",
        label=label("商业信息须经同意", "Commercial contact needs consent"),
        action="outbound_contact",
        citation="《通信短信息服务管理规定》第十八条；《消费者权益保护法》第二十九条第三款",
        verdict="deny",
        severity="high",
        purposes=SELLING,
        parameters=("consent_proof_months",),
        decide=no_consent,
    ),
    Rule(
        key="cooling_off",
        label=label("冷静期满方可兑现", "Fulfil after the cooling-off"),
        action="case_step",
        on=("retention",),
        steps=("fulfil",),
        citation="挽留服务约定 W-T6（冷静期由合同约定） / W-T6, by contract",
        verdict="defer",
        severity="medium",
        mandatory=False,
        parameters=("retention_cooling_days",),
        decide=cooling_off,
    ),
)
