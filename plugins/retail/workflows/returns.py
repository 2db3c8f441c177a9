"""A return: asked for, found eligible, sent back, inspected, and refunded, exchanged or rejected, which may be disputed.

Its clocks are those of 《消费者权益保护法》第二十五条 and 《侵害消费者权益行为处罚办法》第九条. The consumer's seven days end, like
any period, on a working day; the shop's own are counted without that favour, so that it pays rather too early.
"""

from __future__ import annotations

from core.plugin import State, Transition, Workflow, label
from plugins.retail.workflows.clocks import TELL_THE_HEAD, clock

SETTLED = ("refunded", "exchanged", "rejected", "closed")


def refund(source: str) -> Transition:
    return Transition(
        key="refund",
        label=label("退款", "Refund"),
        source=source,
        target="refunded",
        required=("refund",),
        effects=("set_record_state:returned",),
    )


def exchange(source: str) -> Transition:
    return Transition(
        key="exchange",
        label=label("换货", "Exchange"),
        source=source,
        target="exchanged",
        effects=("set_record_state:exchanged",),
    )


def reject(source: str, zh: str, en: str) -> Transition:
    return Transition(key="reject", label=label(zh, en), source=source, target="rejected", required=("rejection",))


def withdraw(source: str) -> Transition:
    return Transition(key="withdraw", label=label("消费者撤回", "Customer withdraws"), source=source, target="closed")


RETURNS = Workflow(
    key="returns",
    label=label("退换货", "Return"),
    version=1,
    record_type="order",
    record_required=True,
    fields=(
        "return_reason",
        "goods",
        "received_on",
        "requested_on",
        "without_receipt",
        "rma",
        "tracking",
        "came_back_on",
        "condition",
        "refund",
        "rejection",
    ),
    states=(
        State(key="requested", label=label("已申请", "Asked for"), kind="initial"),
        State(key="eligible", label=label("符合条件", "Eligible")),
        State(key="rma", label=label("已授权退回", "May be sent back")),
        State(key="in_transit", label=label("退回途中", "On its way back")),
        State(key="inspected", label=label("已收到并验收", "Received and inspected")),
        State(key="refunded", label=label("已退款", "Refunded"), kind="done"),
        State(key="exchanged", label=label("已换货", "Exchanged"), kind="done"),
        State(key="rejected", label=label("已拒绝", "Rejected")),
        State(key="dispute", label=label("争议中", "In dispute")),
        State(key="closed", label=label("已关闭", "Closed"), kind="failed"),
    ),
    transitions=(
        Transition(
            key="approve",
            label=label("确认符合条件", "Find eligible"),
            source="requested",
            target="eligible",
            required=("return_reason", "goods", "received_on", "requested_on"),
        ),
        reject("requested", "不符合条件", "Not eligible"),
        Transition(
            key="authorise",
            label=label("发出退货地址与授权号", "Give address and return number"),
            source="eligible",
            target="rma",
            required=("rma",),
        ),
        Transition(
            key="send_back",
            label=label("消费者已寄回", "Customer has sent it"),
            source="rma",
            target="in_transit",
            required=("tracking",),
        ),
        Transition(
            key="receive",
            label=label("收到并验收", "Receive and inspect"),
            source="in_transit",
            target="inspected",
            required=("came_back_on", "condition"),
        ),
        refund("inspected"),
        exchange("inspected"),
        reject("inspected", "验收后拒绝", "Reject after inspection"),
        Transition(
            key="dispute", label=label("消费者提出异议", "Customer objects"), source="rejected", target="dispute"
        ),
        Transition(
            key="accept_rejection",
            label=label("消费者未提出异议", "Customer does not object"),
            source="rejected",
            target="closed",
        ),
        refund("dispute"),
        exchange("dispute"),
        Transition(
            key="uphold", label=label("维持拒绝", "Uphold"), source="dispute", target="closed", sides=("client",)
        ),
        *(withdraw(source) for source in ("requested", "eligible", "rma", "dispute")),
    ),
    timers=(
        clock(
            "no_reason", "七日无理由退货期", "Seven days to return without a reason", "no_reason_days", "requested",
            ("eligible", *SETTLED), from_field="received_on", rolls=True,
        ),
        clock(
            "formalities", "办理退货手续时限（逾期视为故意拖延）", "Arrange the return (later counts as deliberate)",
            "delay_days", "requested", ("rma", *SETTLED), escalations=TELL_THE_HEAD,
        ),
        clock("refund", "返还价款时限", "Refund due", "refund_days", "inspected", SETTLED, from_field="came_back_on"),
        clock(
            "refund_delay", "返还价款最后时限（逾期视为故意拖延）", "Refund at the latest (later counts as deliberate)",
            "delay_days", "inspected", SETTLED, from_field="came_back_on", escalations=TELL_THE_HEAD,
        ),
    ),
)  # fmt: skip
