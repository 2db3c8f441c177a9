"""What an operator does for its subscribers: keep those likely to leave, and answer those who complain.

Retention: a subscriber likely to leave gets an offer, accepts and may think again, or refuses and is left alone.

`scored -> offered -> accepted -> cooling -> fulfilled`, and to `refused` from every step in which the customer can
still say no. A refusal is a refusal of commercial contact, so it enters the do-not-contact list at once
(《通信短信息服务管理规定》第十八条). The rule `cooling_off` keeps the offer from being fulfilled too early.

Complaint (《电信用户申诉处理办法》): the carrier answers in 15 days; who is not content, or not answered, appeals to the
authority, which decides in 5 working days whether to take the appeal in, and tells the user the outcome in 30 days.
"""

from __future__ import annotations

from core.plugin import Escalation, State, Timer, Transition, Workflow, label

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
    fields=("offer", "confirmed_on", "refusal_reason"),
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
            required=("confirmed_on",),
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
            from_field="confirmed_on",
        ),
    ),
)

CARRIER_LATE = (
    Escalation(percent=66, role="provider_manager"),
    Escalation(percent=90, role="client_manager"),
    Escalation(percent=100, role="client_admin"),
)
AUTHORITY_LATE = (Escalation(percent=100, role="client_manager"),)


def appeal(source: str, zh: str, en: str) -> Transition:
    return Transition(key="appeal", label=label(zh, en), source=source, target="appealed")


COMPLAINT = Workflow(
    key="complaint",
    label=label("用户投诉", "Complaint"),
    version=1,
    blocks_marketing=True,
    record_type="line",
    fields=("complaint_kind", "demand", "answer", "appeal_no", "mediation_result"),
    states=(
        State(key="received", label=label("已收到", "Received"), kind="initial"),
        State(key="with_carrier", label=label("企业处理中", "With the carrier")),
        State(key="answered", label=label("已答复", "Answered")),
        State(key="accepted_by_user", label=label("用户认可", "Accepted by the user"), kind="done"),
        State(key="appealed", label=label("已申诉", "Appealed")),
        State(key="regulator_intake", label=label("申诉已受理", "Appeal taken in")),
        State(key="mediated", label=label("已调解", "Mediated")),
        State(key="closed", label=label("已办结", "Closed"), kind="done"),
    ),
    transitions=(
        Transition(
            key="hand_over",
            label=label("转企业处理", "Hand to the carrier"),
            source="received",
            target="with_carrier",
            required=("complaint_kind", "demand"),
        ),
        Transition(
            key="answer",
            label=label("答复用户", "Answer the user"),
            source="with_carrier",
            target="answered",
            required=("answer",),
        ),
        Transition(
            key="accept", label=label("用户认可答复", "User accepts"), source="answered", target="accepted_by_user"
        ),
        appeal("with_carrier", "逾期未答复，用户申诉", "Not answered in time: user appeals"),
        appeal("answered", "用户不满意，申诉", "User is not content: appeals"),
        Transition(
            key="take_in",
            label=label("申诉受理", "Appeal is taken in"),
            source="appealed",
            target="regulator_intake",
            required=("appeal_no",),
            sides=("client",),
        ),
        Transition(
            key="turn_away",
            label=label("申诉不予受理", "Appeal is turned away"),
            source="appealed",
            target="closed",
            sides=("client",),
        ),
        Transition(
            key="mediate",
            label=label("调解", "Mediate"),
            source="regulator_intake",
            target="mediated",
            required=("mediation_result",),
            sides=("client",),
        ),
        Transition(key="close", label=label("办结", "Close"), source="mediated", target="closed", sides=("client",)),
    ),
    timers=(
        Timer(
            key="carrier_answer",
            label=label("企业答复时限", "Carrier answers by"),
            parameter="complaint_answer_days",
            start="received",
            stops=("answered", "appealed"),
            calendar="CN",
            escalations=CARRIER_LATE,
        ),
        Timer(
            key="appeal_intake",
            label=label("申诉受理时限", "Appeal taken in or turned away by"),
            parameter="appeal_intake_days",
            unit="working_days",
            start="appealed",
            stops=("regulator_intake", "closed"),
            calendar="CN",
            escalations=AUTHORITY_LATE,
        ),
        Timer(
            key="appeal_outcome",
            label=label("申诉答复时限", "Outcome of the appeal by"),
            parameter="appeal_outcome_days",
            start="regulator_intake",
            stops=("mediated", "closed"),
            calendar="CN",
            escalations=AUTHORITY_LATE,
        ),
    ),
)

WORKFLOWS = (RETENTION, COMPLAINT)
