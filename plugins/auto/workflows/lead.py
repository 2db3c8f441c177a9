"""From a lead to a delivered car: `new -> assigned -> contacted -> invited -> arrived -> quoted -> ordered -> ready ->
delivered -> settled`, or `lost` once a second person has looked at why.

The first answer is due within minutes of the lead's arrival; after that each contact names the day of the next one, and its
clock runs to that day. A test drive, a visit and an order are noted on the case, so that the funnel can be counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.plugin import Escalation, Timer, Transition, Workflow, label, state, step

PURSUED = ("contacted", "invited", "arrived", "quoted")
"""Where the next contact is agreed on."""

SOLD = ("ordered", "financing", "ready", "delivered", "settled")
ENDS = ("settled", "lost")


def defeats() -> Iterator[Transition]:
    """A lead is given up with its reason, and a second person agrees or has it taken up again."""
    for source in ("assigned", *PURSUED, "ordered", "financing"):
        yield step(
            "give_up", "申请战败", "Give up", source, "defeat", required=("defeat_reason", "attempts"),
        )  # fmt: skip
    yield step("confirm_defeat", "确认战败", "Confirm that it is lost", "defeat", "lost", approval=True)
    yield step("take_up", "重新跟进", "Take up again", "defeat", "contacted", required=("next_contact_on",))


LEAD = Workflow(
    key="lead",
    label=label("销售线索", "Sales lead"),
    version=1,
    fields=(
        "lead_source", "dealer_code", "received_at", "lead_grade", "attempts", "next_contact_on", "offer", "order_no",
        "defeat_reason", "competitor", "delivery_rating",
    ),
    states=(
        state("new", "新线索", "New", "initial"),
        state("assigned", "已分配", "Assigned"),
        state("contacted", "已联系", "Contacted"),
        state("invited", "已邀约", "Invited"),
        state("arrived", "已到店", "Came to the showroom"),
        state("quoted", "已报价", "Quoted"),
        state("ordered", "已订车", "Ordered"),
        state("financing", "金融办理中", "Finance under way"),
        state("ready", "待交付", "Ready for delivery"),
        state("delivered", "已交付", "Delivered"),
        state("settled", "已回访", "Followed up", "done"),
        state("defeat", "战败待审核", "To be looked at as lost"),
        state("lost", "战败", "Lost", "failed"),
    ),
    transitions=(
        step("assign", "分配给经销商", "Assign to a dealer", "new", "assigned", required=("dealer_code",)),
        step(
            "contact", "首次联系", "First contact", "assigned", "contacted",
            required=("attempts", "lead_grade", "next_contact_on"),
        ),
        step(
            "follow_up", "跟进", "Follow up", "contacted", "contacted",
            required=("attempts", "lead_grade", "next_contact_on"),
        ),
        step("invite", "邀约到店", "Invite", "contacted", "invited", required=("next_contact_on",)),
        step("arrive", "到店接待", "Receive", "invited", "arrived", effects=("set_field:visited.true",)),
        step("walk_in", "直接到店", "Came by", "contacted", "arrived", effects=("set_field:visited.true",)),
        step(
            "test_drive", "试驾", "Test drive", "arrived", "arrived", effects=("set_field:test_driven.true",), optional=True,
        ),
        step("quote", "报价", "Quote", "arrived", "quoted", required=("offer", "next_contact_on")),
        step(
            "requote", "再次报价", "Quote again", "quoted", "quoted", required=("offer", "next_contact_on"), optional=True,
        ),
        step(
            "order", "签订订单", "Take the order", "quoted", "ordered", required=("order_no",),
            effects=("set_field:ordered.true",),
        ),
        step("finance", "办理金融", "Arrange finance", "ordered", "financing", optional=True),
        step("prepare", "交付前检查", "Inspect before delivery", "ordered", "ready"),
        step("financed", "放款完成", "Finance paid out", "financing", "ready"),
        step("deliver", "交付", "Deliver", "ready", "delivered"),
        step("settle", "交付回访", "Ask after delivery", "delivered", "settled", required=("delivery_rating",)),
        *defeats(),
    ),
    timers=(
        Timer(
            key="first_response",
            label=label("首次响应", "First response"),
            parameter="first_response_hours",
            unit="hours",
            start="new",
            from_field="received_at",
            stops=(*PURSUED, *SOLD, "defeat", "lost"),
            escalations=(Escalation(percent=50, role="agent"), Escalation(percent=100, role="client_manager")),
        ),
        Timer(
            key="next_contact",
            label=label("下次跟进", "Next contact"),
            start="contacted",
            from_field="next_contact_on",
            stops=(*SOLD, "defeat", "lost"),
            escalations=(Escalation(percent=100, role="agent"),),
        ),
        Timer(
            key="after_delivery",
            label=label("交付后回访", "Ask after delivery"),
            parameter="after_delivery_days",
            start="delivered",
            stops=ENDS,
            escalations=(Escalation(percent=100, role="agent"),),
        ),
    ),
)  # fmt: skip
