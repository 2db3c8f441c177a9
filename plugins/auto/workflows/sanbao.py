"""A claim to a new car or the money back (《家用汽车产品修理更换退货责任规定》第二十八条).

`noticed -> received -> replied -> agreed -> completed`, or `rejected` with its reason. A case may begin before the consumer
claims anything, when the counters come near; both periods count from the claim. What the consumer delays is not counted.
"""

from __future__ import annotations

from core.plugin import Escalation, State, Timer, Transition, Workflow, label

DONE = ("completed", "rejected", "dropped")


def reject(source: str) -> Transition:
    return Transition(
        key="reject",
        label=label("说明理由，不予更换或退货", "Refuse, with the reason"),
        source=source,
        target="rejected",
        required=("rejection_reason", "reply"),
        approval=True,
    )


SANBAO = Workflow(
    key="sanbao",
    label=label("三包退换", "Replacement or refund"),
    version=1,
    blocks_marketing=True,
    record_type="vehicle",
    record_required=True,
    fields=("demand", "reply", "rejection_reason", "certificate_no"),
    states=(
        State(key="noticed", label=label("已预警", "Noticed"), kind="initial"),
        State(key="received", label=label("已收到要求", "Claim received")),
        State(key="replied", label=label("已答复", "Replied")),
        State(key="agreed", label=label("已同意退换", "Agreed")),
        State(key="waiting", label=label("等待消费者", "Waiting for the consumer")),
        State(key="completed", label=label("已完成退换", "Completed"), kind="done"),
        State(key="rejected", label=label("不予退换", "Refused"), kind="failed"),
        State(key="dropped", label=label("未提出要求", "No claim made"), kind="done"),
    ),
    transitions=(
        Transition(
            key="claim",
            label=label("消费者提出要求", "The consumer claims"),
            source="noticed",
            target="received",
            required=("demand",),
        ),
        Transition(
            key="drop",
            label=label("预警解除", "Nothing is claimed"),
            source="noticed",
            target="dropped",
            effects=("settle_findings",),
        ),
        Transition(
            key="reply",
            label=label("答复消费者", "Reply to the consumer"),
            source="received",
            target="replied",
            required=("reply",),
        ),
        Transition(key="agree", label=label("同意退换", "Agree"), source="replied", target="agreed"),
        Transition(
            key="wait", label=label("等待消费者配合", "Wait for the consumer"), source="agreed", target="waiting"
        ),
        Transition(key="go_on", label=label("消费者已配合", "Go on"), source="waiting", target="agreed"),
        Transition(
            key="complete",
            label=label("完成退换并出具证明", "Complete and certify"),
            source="agreed",
            target="completed",
            required=("certificate_no",),
            effects=("set_record_state:returned", "settle_findings"),
        ),
        reject("received"),
        reject("replied"),
    ),
    timers=(
        Timer(
            key="reply",
            label=label("答复期限", "Reply due"),
            parameter="reply_working_days",
            unit="working_days",
            start="received",
            stops=("replied", *DONE),
            calendar="CN",
            escalations=(Escalation(percent=70, role="client_manager"), Escalation(percent=100, role="client_admin")),
        ),
        Timer(
            key="completion",
            label=label("完成退换期限", "Completion due"),
            parameter="completion_working_days",
            unit="working_days",
            start="received",
            stops=DONE,
            pauses=("waiting",),
            calendar="CN",
            escalations=(Escalation(percent=70, role="client_manager"), Escalation(percent=100, role="client_admin")),
        ),
    ),
)
