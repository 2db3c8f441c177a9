"""A visit to the workshop: `booked -> received -> diagnosed -> quoted -> working -> checking -> handed_over -> followed_up`.

The record's own state follows. What takes more than five days under warranty needs a loaner (article 21 of the 三包 regulation).
"""

from __future__ import annotations

from core.plugin import Escalation, Timer, Workflow, label, state, step

ENDS = ("followed_up", "missed")
BACK = ("handed_over", *ENDS)

WORKSHOP = Workflow(
    key="workshop",
    label=label("售后服务", "Service at the workshop"),
    version=1,
    record_type="service_visit",
    record_required=True,
    fields=("diagnosis", "quote", "customer_agrees", "rework_reason", "rating"),
    states=(
        state("booked", "已预约", "Booked", "initial"),
        state("received", "已接车", "Received"),
        state("diagnosed", "已诊断", "Diagnosed"),
        state("quoted", "已报价", "Quoted"),
        state("working", "施工中", "In the workshop"),
        state("checking", "终检", "Final check"),
        state("handed_over", "已交车", "Handed over"),
        state("followed_up", "已回访", "Followed up", "done"),
        state("missed", "未到店或未施工", "Nothing was done", "failed"),
    ),
    transitions=(
        step("receive", "接车", "Receive", "booked", "received", effects=("set_record_state:received",)),
        step("miss", "未到店", "Did not come", "booked", "missed", effects=("set_record_state:missed",)),
        step("diagnose", "诊断", "Diagnose", "received", "diagnosed", required=("diagnosis",)),
        step("quote", "报价", "Quote", "diagnosed", "quoted", required=("quote",)),
        step(
            "start", "开始施工", "Start work", "quoted", "working", required=("customer_agrees",),
            guard={"op": "eq", "field": "auto.customer_agrees", "value": True},
            guard_reason=label("须经客户同意方可施工。", "Work starts when the customer agrees."),
            effects=("set_record_state:working",),
        ),
        step(
            "decline", "客户不同意施工", "The customer declines", "quoted", "handed_over",
            effects=("set_record_state:handed_over",),
        ),
        step("check", "送终检", "Send to the final check", "working", "checking"),
        step("rework", "返工", "Rework", "checking", "working", required=("rework_reason",)),
        step(
            "hand_over", "交车", "Hand over", "checking", "handed_over",
            effects=("set_record_state:checked", "set_record_state:handed_over"),
        ),
        step("follow_up", "回访", "Ask how it was", "handed_over", "followed_up", required=("rating",)),
    ),
    timers=(
        Timer(
            key="loaner",
            label=label("单次修理时间（超过须提供备用车）", "Repair time before a loaner is due"),
            parameter="loaner_days",
            start="received",
            stops=BACK,
            escalations=(Escalation(percent=80, role="agent"), Escalation(percent=100, role="client_manager")),
        ),
        Timer(
            key="follow_up",
            label=label("售后回访", "Follow-up"),
            parameter="service_follow_up_hours",
            unit="hours",
            start="handed_over",
            stops=ENDS,
            escalations=(Escalation(percent=100, role="agent"),),
        ),
    ),
)  # fmt: skip
