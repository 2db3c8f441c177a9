"""A complaint: `received -> checking -> answered -> closed`, or on to the authority's mediation (12315).

The shop's own clocks are 24 hours, 3 days and 7 days. The authority decides on acceptance in 7 working days and ends mediation
45 working days after it; time spent at an examiner does not count (《市场监督管理投诉举报处理暂行办法》第十四、二十、二十一条).
"""

from __future__ import annotations

from core.plugin import Workflow, label, state, step
from plugins.retail.workflows.clocks import TELL_THE_HEAD, clock

OVER = ("closed", "agreed", "ended")

COMPLAINT = Workflow(
    key="complaint",
    label=label("消费投诉", "Consumer complaint"),
    version=1,
    record_type="order",
    blocks_marketing=True,
    fields=(
        "complaint_source", "complaint_topic", "authority_no", "received_at", "accepted_on", "finding", "answer",
        "fraud", "price_paid", "compensation",
    ),
    states=(
        state("received", "已收到", "Received", "initial"),
        state("checking", "核查中", "Looked into"),
        state("answered", "已答复", "Answered"),
        state("authority", "监管部门处理中", "With the authority"),
        state("mediation", "调解中", "In mediation"),
        state("examination", "检验鉴定中", "At an examiner"),
        state("closed", "已办结", "Closed", "done"),
        state("agreed", "调解达成协议", "Agreed in mediation", "done"),
        state("ended", "调解终止", "Mediation ended", "failed"),
    ),
    transitions=(
        step(
            "take_up", "联系消费者并核查", "Speak to the consumer and look into it", "received", "checking",
            required=("complaint_source", "complaint_topic"),
        ),
        step("answer", "答复", "Answer", "checking", "answered", required=("finding", "answer")),
        step("accept", "消费者接受", "The consumer accepts", "answered", "closed"),
        step("reopen", "消费者补充材料", "The consumer adds to it", "answered", "checking"),
        step("escalate", "转监管部门", "Goes to the authority", "answered", "authority", required=("authority_no",)),
        step("called_in", "监管部门转来", "Comes from the authority", "checking", "authority", required=("authority_no",)),
        step("mediate", "监管受理并调解", "Accepted for mediation", "authority", "mediation", required=("accepted_on",)),
        step("not_accepted", "监管不予受理", "Not accepted", "authority", "closed"),
        step("examine", "送检验鉴定", "Send to an examiner", "mediation", "examination"),
        step("examined", "检验鉴定完成", "The examiner has answered", "examination", "mediation"),
        step("agree", "达成调解协议", "Agree", "mediation", "agreed", required=("compensation",), sides=("client",)),
        step("end", "调解终止", "End mediation", "mediation", "ended", required=("finding",)),
    ),
    timers=(
        clock(
            "contact", "首次联系消费者", "First contact", "complaint_contact_hours", "received", ("checking",),
            unit="hours", from_field="received_at",
        ),
        clock(
            "answer", "答复时限", "Answer due", "complaint_answer_days", "received", ("answered", *OVER),
            from_field="received_at",
        ),
        clock(
            "internal", "内部办结时限", "To be closed by the shop", "complaint_close_days", "received",
            ("authority", "mediation", *OVER), from_field="received_at", escalations=TELL_THE_HEAD,
        ),
        clock(
            "acceptance", "监管受理决定", "The authority decides on acceptance", "acceptance_days", "authority",
            ("mediation", *OVER), unit="working_days", escalations=(),
        ),
        clock(
            "mediation", "调解期限", "Mediation ends", "mediation_days", "mediation", OVER, unit="working_days",
            from_field="accepted_on", pauses=("examination",), escalations=TELL_THE_HEAD,
        ),
    ),
)  # fmt: skip
