"""Complaints, answered within seven days, and delays, of which the customer is told before asking.

`received -> acknowledged -> investigating -> answered -> accepted | escalated to 12305 -> closed`. The carrier handles a
complaint and tells the user within 7 days (《快递暂行条例》第二十八条); who is not content may turn to the postal authority, which
answers within 30 (《邮政法》第六十五条). A remedy put off for more than 15 days counts as put off on purpose
(《侵害消费者权益行为处罚办法》第八条).
"""

from __future__ import annotations

from core.plugin import Escalation, State, Timer, Transition, Workflow, label

UNANSWERED = ("received", "acknowledged", "investigating")
ANSWERED = ("answered", "accepted", "escalated_12305", "closed")


def pass_deadline(state: str) -> Transition:
    """What the system notes on the case when nobody has answered in time; it stays where it is."""
    return Transition(
        key="pass_deadline",
        label=label("超过法定期限", "Deadline passed"),
        source=state,
        target=state,
        sides=("system",),
        effects=("set_field:overdue.true",),
    )


def answer(source: str) -> Transition:
    return Transition(
        key="answer",
        label=label("处理并告知用户", "Handle and tell the user"),
        source=source,
        target="answered",
        required=("answer",),
    )


COMPLAINT = Workflow(
    key="complaint",
    label=label("快件投诉", "Complaint"),
    version=1,
    blocks_marketing=True,
    record_type="shipment",
    fields=("complaint_kind", "answer", "authority_ref", "overdue"),
    states=(
        State(key="received", label=label("已接到", "Received"), kind="initial"),
        State(key="acknowledged", label=label("已受理", "Acknowledged")),
        State(key="investigating", label=label("调查中", "Investigating")),
        State(key="answered", label=label("已答复", "Answered")),
        State(key="accepted", label=label("用户认可", "Accepted by the user"), kind="done"),
        State(key="escalated_12305", label=label("已向 12305 申诉", "Taken to 12305")),
        State(key="closed", label=label("已结案", "Closed"), kind="done"),
    ),
    transitions=(
        Transition(
            key="acknowledge",
            label=label("受理", "Acknowledge"),
            source="received",
            target="acknowledged",
            required=("complaint_kind",),
        ),
        Transition(
            key="investigate", label=label("开始调查", "Investigate"), source="acknowledged", target="investigating"
        ),
        answer("acknowledged"),
        answer("investigating"),
        Transition(
            key="accept",
            label=label("用户认可", "The user accepts"),
            source="answered",
            target="accepted",
            effects=("settle_findings",),
        ),
        Transition(
            key="escalate",
            label=label("用户向 12305 申诉", "The user turns to 12305"),
            source="answered",
            target="escalated_12305",
            required=("authority_ref",),
        ),
        Transition(
            key="close",
            label=label("申诉办结", "The authority has answered"),
            source="escalated_12305",
            target="closed",
            effects=("settle_findings",),
        ),
        *(pass_deadline(state) for state in UNANSWERED),
    ),
    timers=(
        Timer(
            key="answer",
            label=label("投诉处理期限", "Complaint to be answered"),
            parameter="complaint_days",
            start="received",
            stops=ANSWERED,
            escalations=(Escalation(percent=70, role="client_manager"), Escalation(percent=100, role="client_admin")),
            on_breach="pass_deadline",
        ),
        Timer(
            key="remedy",
            label=label("视为故意拖延的期限", "Counts as put off on purpose"),
            parameter="remedy_days",
            start="received",
            stops=("accepted", "closed"),
            escalations=(Escalation(percent=80, role="client_manager"),),
        ),
        Timer(
            key="authority",
            label=label("邮政管理部门答复期限", "The authority's answer"),
            parameter="authority_days",
            start="escalated_12305",
            stops=("closed",),
        ),
    ),
)

DELAY = Workflow(
    key="delay",
    label=label("延误处置", "Delay"),
    version=1,
    record_type="shipment",
    record_required=True,
    fields=("delay_cause", "new_promise"),
    states=(
        State(key="found", label=label("已发现", "Found"), kind="initial"),
        State(key="told", label=label("已告知客户", "Customer told")),
        State(key="settled", label=label("已解决", "Settled"), kind="done"),
    ),
    transitions=(
        Transition(
            key="tell",
            label=label("告知客户", "Tell the customer"),
            source="found",
            target="told",
            required=("delay_cause",),
        ),
        Transition(
            key="settle",
            label=label("已送达或已处置", "Delivered or dealt with"),
            source="told",
            target="settled",
            effects=("settle_findings",),
        ),
        Transition(
            key="complain",
            label=label("客户投诉", "The customer complains"),
            source="told",
            target="settled",
            effects=("open_case:complaint", "settle_findings"),
        ),
    ),
    timers=(
        Timer(
            key="tell",
            label=label("告知时限", "Customer to be told"),
            parameter="delay_notice_hours",
            unit="hours",
            start="found",
            stops=("told", "settled"),
            ends="moment",
        ),
    ),
)
