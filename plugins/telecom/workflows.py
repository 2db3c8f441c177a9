"""Retention: a subscriber likely to leave gets an offer, accepts and may think again, or refuses and is left alone.

`scored -> offered -> accepted -> cooling -> fulfilled`, and to `refused` from every step in which the customer can
still say no. A refusal is a refusal of commercial contact, so it enters the do-not-contact list at once
(《通信短信息服务管理规定》第十八条).
"""

from __future__ import annotations

from core.plugin import State, Timer, Transition, Workflow, label

REFUSAL_EFFECTS = ("do_not_contact:marketing",)

REAL_NAME_SOUND = {
    "op": "not",
    "of": {"op": "in", "field": "telecom.real_name_status", "value": ["suspect", "failed"]},
}


def refuse(source: str, zh: str = "客户拒绝", en: str = "Customer refuses") -> Transition:
    return Transition(
        key="refuse",
        label=label(zh, en),
        source=source,
        target="refused",
        required=("refusal_reason",),
        effects=REFUSAL_EFFECTS,
    )


RETENTION = Workflow(
    key="retention",
    label=label("客户挽留", "Retention"),
    version=1,
    states=(
        State(key="scored", label=label("已评分", "Scored"), kind="initial"),
        State(key="offered", label=label("已推介", "Offered")),
        State(key="accepted", label=label("已接受", "Accepted")),
        State(key="cooling", label=label("冷静期", "Cooling-off")),
        State(key="fulfilled", label=label("已兑现", "Fulfilled"), kind="done"),
        State(key="refused", label=label("已拒绝（勿扰）", "Refused (do not contact)"), kind="failed"),
    ),
    transitions=(
        Transition(
            key="offer",
            label=label("推介方案", "Make an offer"),
            source="scored",
            target="offered",
            guard=REAL_NAME_SOUND,
            guard_reason=label(
                "实名状态异常的客户须先完成重新核验。", "A customer whose real name is in doubt must be verified first."
            ),
            required=("offer",),
        ),
        Transition(key="accept", label=label("客户接受", "Customer accepts"), source="offered", target="accepted"),
        Transition(
            key="confirm",
            label=label("二次确认，进入冷静期", "Confirm twice, begin cooling-off"),
            source="accepted",
            target="cooling",
        ),
        Transition(
            key="fulfil",
            label=label("兑现方案", "Fulfil the offer"),
            source="cooling",
            target="fulfilled",
            sides=("client", "provider", "system"),
        ),
        refuse("scored"),
        refuse("offered"),
        refuse("accepted", "客户反悔", "Customer withdraws"),
        refuse("cooling", "冷静期内退出", "Customer withdraws in time"),
    ),
    timers=(
        Timer(
            key="first_offer",
            label=label("首次推介时限", "First offer due"),
            parameter="retention_first_offer_days",
            unit="calendar_days",
            start="scored",
            stops=("offered", "refused"),
        ),
        Timer(
            key="cooling_off",
            label=label("冷静期", "Cooling-off period"),
            parameter="retention_cooling_days",
            unit="calendar_days",
            start="cooling",
            stops=("fulfilled", "refused"),
        ),
    ),
)

WORKFLOWS = (RETENTION,)
