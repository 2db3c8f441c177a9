"""What a shipment waits for before it is accepted or handed to a pick-up point: inspection, identity, screening, credit.

All read the subject of `record_change` on a shipment; `customer` and `attributes` are of the shipper, None without one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.plugin import Reason, Rule, Wrong, label, standards
from plugins.logistics.rules.carriage import own

SHAPES = ("sf", "jd", "zto")


def comes_to(subject: Mapping[str, Any], state: str) -> bool:
    before = subject["before"]
    return bool(subject["record"]["state"] == state and (before is None or before["state"] != state))


def shipper(subject: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = subject["attributes"].get("logistics", {})
    return found


def agreed(subject: Mapping[str, Any]) -> bool:
    """A safety agreement is in force on the day."""
    until = shipper(subject).get("safety_agreement_until")
    return bool(shipper(subject).get("safety_agreement_no") and until and until >= str(subject["local_date"]))


def uninspected(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """What is sent is looked at before it is accepted."""
    if not comes_to(subject, "accepted") or own(subject["record"]).get("inspected"):
        return None
    zh, en = (
        "收寄前须验视内件；寄件人拒绝验视的，不得收寄。",
        "Inspect the contents first. Who refuses that is not served.",
    )
    return Reason(code="logistics.not_inspected", text=label(zh, en), verdict="deny")


def unidentified(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """A person who sends anything but letters is identified, unless a safety agreement stands in for it."""
    held, sender = own(subject["record"]), subject["customer"]
    if not comes_to(subject, "accepted") or held.get("goods") == "letter" or agreed(subject):
        return None
    if held.get("sender_verified") or shipper(subject).get("real_name_verified_on"):
        return None
    if sender is not None and sender["kind"] != "person":
        return None
    zh, en = "寄件人身份未查验，不得收寄。", "The sender is not identified; the item is not accepted."
    return Reason(code="logistics.not_identified", text=label(zh, en), verdict="deny")


def screened(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """A possible match of shipper or consignee with a list of restricted parties waits until it is ruled out."""
    hits = [shipper(subject).get("screening"), own(subject["record"]).get("consignee_screening")]
    if "hit" not in hits or not any(comes_to(subject, each) for each in ("accepted", "in_transit", "out_for_delivery")):
        return None
    zh = "收寄件方命中受限方名单，核实排除前不得运输。"
    en = "A party may be on a list of restricted parties. It is not carried before the match is ruled out."
    return Reason(code="logistics.restricted_party", text=label(zh, en), verdict="hold")


def over_credit(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """On a monthly account: the limit would be passed, or the oldest debt is too old. A manager may lift it."""
    account = shipper(subject)
    if not comes_to(subject, "accepted") or account.get("settlement_mode") != "monthly":
        return None
    limit, days = account.get("credit_limit"), int(parameters["credit_overdue_days"])
    owed = account.get("receivable", 0) + (subject["record"]["amount_minor"] or 0)
    if account.get("overdue_days", 0) > days:
        return Reason(
            code="logistics.overdue",
            text=label(f"欠款逾期超过 {days} 天，暂停收寄。", f"A debt is more than {days} days overdue; nothing is accepted."),
            verdict="hold", parameters=("credit_overdue_days",),
        )  # fmt: skip
    if limit is None or owed * 100 <= limit * (100 + int(parameters["credit_tolerance"])):
        return None
    return Reason(
        code="logistics.over_credit", verdict="hold", parameters=("credit_tolerance",),
        text=label("将超出信用额度，暂停收寄。", "The credit limit would be passed; nothing is accepted."),
    )  # fmt: skip


def unasked(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """Nothing goes to a pick-up point or locker without the consignee's consent."""
    if not comes_to(subject, "agent_point") or own(subject["record"]).get("agent_consent"):
        return None
    zh = "未经收件人同意，不得投递到智能快件箱或服务站。"
    en = "Without the consignee's consent nothing goes to a locker or pick-up point."
    return Reason(code="logistics.no_consent", text=label(zh, en), verdict="deny")


def untrackable(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """The carrier's number is one of that carrier: by its check digit, or by the shape that the tenant has set."""
    held = own(subject["record"])
    carrier, number = held.get("carrier"), held.get("tracking_no")
    if not carrier or not number:
        return None
    if carrier in standards.CARRIERS:
        try:
            standards.CARRIERS[carrier](number)
        except Wrong:
            pass
        else:
            return None
    elif carrier not in SHAPES or re.fullmatch(str(parameters[f"tracking_{carrier}"]), number):
        return None
    zh, en = (
        "承运商单号与所选承运商不符或校验位不对。",
        "The number is not one of that carrier, or its check digit is wrong.",
    )
    return Reason(
        code="logistics.tracking",
        verdict="deny",
        text=label(zh, en),
        parameters=() if carrier not in SHAPES else (f"tracking_{carrier}",),
    )


def rule(key: str, zh: str, en: str, citation: str, decide: Any, **more: Any) -> Rule:
    return Rule(
        key=key, label=label(zh, en), action="record_change", on=("shipment",), citation=citation, decide=decide, **more
    )


ACCEPTING = (
    rule("inspection", "收寄须验视", "Inspected before it is accepted", "《快递暂行条例》第三十一条第一款", uninspected),
    rule("real_name", "实名收寄", "Senders are identified", "《快递暂行条例》第二十二条、第三十一条第二款", unidentified),
    rule(
        "restricted_party", "受限方不得承运", "Restricted parties", "《出口管制法》第十八条、第二十条、第三十六条；"
        "《两用物项出口管制条例》第二十六条", screened, verdict="hold",
    ),
    rule(
        "credit", "信用额度", "Credit limit", "L-CREDIT；由合同约定 / by contract", over_credit, verdict="hold", severity="medium",
        mandatory=False, parameters=("credit_tolerance", "credit_overdue_days"),
    ),
    rule(
        "agent_point", "代收须经同意", "Pick-up points need consent",
        "《快递暂行条例》第二十五条；《快递市场管理办法》（2024 年 3 月 1 日施行，未核对原文）", unasked,
    ),
    rule(
        "tracking", "承运商单号核对", "Carrier's number", "承运商公布的规则；其余为租户设定的格式", untrackable,
        severity="low", mandatory=False, parameters=tuple(f"tracking_{each}" for each in SHAPES),
    ),
)  # fmt: skip
