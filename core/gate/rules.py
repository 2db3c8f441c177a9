"""The core's own rules of an outbound contact: plain functions over the subject, like those of verticals.

They say what no sector may loosen: an active customer, a live lease, somewhere to reach them, no do-not-contact entry,
no open complaint under an offer. The words of a reason tell a person what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.gate.facts import POINT_OF, SELLING
from core.plugin import Label, Reason

VERSION = "1"


@dataclass(frozen=True, kw_only=True)
class CoreRule:
    key: str
    label: Label
    citation: str
    decide: Callable[[Mapping[str, Any]], Reason | None]


def _text(zh: str, en: str) -> Label:
    return {"zh-CN": zh, "en": en}


STATES = {
    "merged": _text("已并入另一客户", "merged into another customer"),
    "archived": _text("已归档", "archived"),
    "erased": _text("已删除", "erased"),
}
MISSING_POINT = {
    "phone": _text("没有登记电话号码。", "No phone number on file."),
    "email": _text("没有登记电子邮件。", "No e-mail address on file."),
    "address": _text("没有登记地址。", "No address on file."),
    "chat": _text("没有登记聊天账号。", "No chat account on file."),
}


def not_active(subject: Mapping[str, Any]) -> Reason | None:
    state = subject["customer"]["state"]
    if state == "active":
        return None
    words = STATES.get(state, _text(state, state))
    return Reason(
        code="core.customer_not_active",
        text=_text(
            f"客户{words['zh-CN']}，不再联络。", f"The customer is {words['en']} and is not contacted any more."
        ),
        verdict="deny",
    )


def not_leased(subject: Mapping[str, Any]) -> Reason | None:
    """Only a provider has a lease to run out; for the client there is none to look at."""
    until: datetime | None = subject["leased_until"]
    if until is None or until > subject["at"]:
        return None
    return Reason(
        code="core.lease_over",
        text=_text("发包方的数据授权已到期。", "The client's lease of this customer has run out."),
        verdict="deny",
    )


def unreachable(subject: Mapping[str, Any]) -> Reason | None:
    kind = POINT_OF[subject["channel"]]
    if kind in subject["contact_points"]:
        return None
    return Reason(code="core.no_contact_point", text=MISSING_POINT[kind], verdict="deny")


def do_not_contact(subject: Mapping[str, Any]) -> Reason | None:
    purpose = subject["purpose"]
    refused = set(subject["do_not_contact"])
    if purpose not in refused and not (purpose in SELLING and "marketing" in refused):
        return None
    return Reason(
        code="core.do_not_contact",
        text=_text(
            "客户已列入勿扰名单，此目的不得联络。", "The customer is on the do-not-contact list for this purpose."
        ),
        verdict="deny",
    )


def open_complaint(subject: Mapping[str, Any]) -> Reason | None:
    """Nobody is sold to while a complaint of theirs is open: a person decides."""
    if not subject["open_complaints"] or subject["purpose"] not in SELLING:
        return None
    return Reason(
        code="core.open_complaint",
        text=_text("客户有未了结的投诉，先处理投诉。", "The customer has an open complaint. Settle it first."),
        verdict="hold",
    )


CORE_RULES: tuple[CoreRule, ...] = (
    CoreRule(
        key="core.customer_active",
        label=_text("客户有效", "Active customer"),
        citation="《个人信息保护法》第十九条、第四十七条",
        decide=not_active,
    ),
    CoreRule(
        key="core.lease",
        label=_text("授权有效", "Live lease"),
        citation="《个人信息保护法》第二十一条",
        decide=not_leased,
    ),
    CoreRule(
        key="core.contact_point",
        label=_text("有联系方式", "Somewhere to reach them"),
        citation="",
        decide=unreachable,
    ),
    CoreRule(
        key="core.do_not_contact",
        label=_text("不在勿扰名单", "Not on the do-not-contact list"),
        citation="《消费者权益保护法》第二十九条第三款；《个人信息保护法》第十五条",
        decide=do_not_contact,
    ),
    CoreRule(
        key="core.open_complaint",
        label=_text("没有未了结的投诉", "No open complaint"),
        citation="",
        decide=open_complaint,
    ),
)

WINDOW = "core.contact_window"
"""The rule of contact hours. `verdicts.py` decides it, knowing the windows."""

BUDGET = "core.contact_budget"
"""The rule of contact budgets: how often in a day, a week, 30 days."""

LABELS: Mapping[str, Label] = {rule.key: rule.label for rule in CORE_RULES} | {
    WINDOW: _text("联络时段", "Contact hours"),
    BUDGET: _text("联络次数", "Contact budget"),
}
