"""A shipment that could not be delivered: the consignee or sender is asked, then it is delivered again, kept, or sent back.

`failed -> asked -> redelivering | at_point | returning -> delivered | returned`, or disposed of as the law has it where nobody
takes it (《快递暂行条例》第二十六条). A pick-up point needs the consignee's consent (第二十五条).
"""

from __future__ import annotations

from core.plugin import Escalation, Timer, Workflow, eq, label, state, step

ENDS = ("delivered", "returned", "disposed")

SHIPMENT = Workflow(
    key="shipment",
    label=label("派送异常", "Failed delivery"),
    version=1,
    record_type="shipment",
    record_required=True,
    fields=("exception", "instruction", "new_address_confirmed", "authority_report"),
    states=(
        state("failed", "派送未成功", "Attempt failed", "initial"),
        state("asked", "已联系收寄件人", "Sender or consignee asked"),
        state("redelivering", "再次派送", "Out again"),
        state("at_point", "待自提", "At a pick-up point"),
        state("returning", "退回中", "On its way back"),
        state("unclaimed", "无法投递且无法退回", "Neither delivered nor returned"),
        state("delivered", "已签收", "Delivered", "done"),
        state("returned", "已退回", "Returned", "done"),
        state("disposed", "已依法处理", "Disposed of", "done"),
    ),
    transitions=(
        step("ask", "联系收寄件人", "Ask sender or consignee", "failed", "asked", required=("exception",)),
        step("redeliver", "再次派送", "Deliver again", "asked", "redelivering", effects=("set_record_state:out_for_delivery",)),
        step(
            "redirect", "改址派送", "Deliver to another address", "asked", "redelivering",
            required=("new_address_confirmed",),
            guard=eq("logistics.new_address_confirmed", True),
            guard_reason=label("改址前须核实本人身份。", "The person is identified before the address is changed."),
            effects=("set_record_state:out_for_delivery",),
        ),
        step("keep", "改为自提", "Keep for pick-up", "asked", "at_point", effects=("set_record_state:agent_point",)),
        step("send_back", "退回寄件人", "Send back", "asked", "returning", required=("instruction",)),
        step("fail_again", "再次未成功", "Failed again", "redelivering", "failed", effects=("set_record_state:failed_attempt",)),
        step("deliver", "已签收", "Delivered", "redelivering", "delivered", effects=("set_record_state:delivered",)),
        step("collect", "已自提", "Picked up", "at_point", "delivered", effects=("set_record_state:delivered",)),
        step("expire", "超期未取，退回", "Not picked up, send back", "at_point", "returning"),
        step("return", "已退回寄件人", "Returned", "returning", "returned", effects=("set_record_state:returned",)),
        step("give_up", "无法退回", "Cannot be returned", "returning", "unclaimed"),
        step(
            "dispose", "依法处理", "Dispose of by law", "unclaimed", "disposed", required=("authority_report",),
            effects=("set_record_state:returned", "set_record_state:closed"), approval=True,
        ),
    ),
    timers=(
        Timer(
            key="ask",
            label=label("联系时限", "Sender or consignee to be asked"),
            parameter="delay_notice_hours",
            unit="hours",
            start="failed",
            stops=("asked", *ENDS),
            ends="moment",
            escalations=(Escalation(percent=100, role="agent"),),
        ),
    ),
)  # fmt: skip
