"""The life of a membership: `prospect -> registered -> active -> dormant -> lapsed -> winback -> active`, or deleted.

A tier rises as soon as it is earned and falls at its review only, which a rule asks for. Whoever asks is deleted, whatever the
state, and has an answer within the days of the shop (《个人信息保护法》第四十七条).
"""

from __future__ import annotations

from collections.abc import Iterator

from core.plugin import Transition, Workflow, label, state, step
from plugins.retail.workflows.clocks import TELL_THE_HEAD, clock

MEMBERS = ("registered", "active", "dormant", "lapsed", "winback")


def deletions() -> Iterator[Transition]:
    for source in MEMBERS:
        yield step("ask_to_leave", "要求注销", "Ask to be deleted", source, "leaving", required=("leave_reason",))
    yield step("stay", "撤回注销", "Stay after all", "leaving", "active")
    yield step(
        "delete", "注销会员", "Delete the membership", "leaving", "deleted", effects=("set_record_state:closed",)
    )


MEMBERSHIP = Workflow(
    key="membership",
    label=label("会员生命周期", "Life of a membership"),
    version=1,
    record_type="membership",
    fields=("store", "terms_agreed_on", "wanted_tier", "winback_offer", "leave_reason"),
    states=(
        state("prospect", "潜在会员", "Prospect", "initial"),
        state("registered", "已注册", "Registered"),
        state("active", "活跃", "Active"),
        state("dormant", "沉睡", "Dormant"),
        state("lapsed", "流失", "Lapsed"),
        state("winback", "挽回中", "To be won back"),
        state("leaving", "注销办理中", "Leaving"),
        state("deleted", "已注销", "Deleted", "done"),
        state("declined", "未入会", "Did not join", "failed"),
    ),
    transitions=(
        step("register", "注册", "Register", "prospect", "registered", required=("store", "terms_agreed_on")),
        step("decline", "不入会", "Does not join", "prospect", "declined"),
        step("activate", "首次消费激活", "First purchase", "registered", "active"),
        step("raise_tier", "升级", "Raise the tier", "active", "active", required=("wanted_tier",)),
        step("lower_tier", "降级", "Lower the tier", "active", "active", required=("wanted_tier",)),
        step("doze", "转为沉睡", "Has not bought for long", "active", "dormant"),
        step("wake", "恢复消费", "Buys again", "dormant", "active"),
        step("lapse", "转为流失", "Is lost", "dormant", "lapsed"),
        step("win_back", "发起挽回", "Try to win back", "lapsed", "winback", required=("winback_offer",)),
        step("won_back", "挽回成功", "Won back", "winback", "active"),
        step("give_up", "放弃挽回", "Give up", "winback", "lapsed"),
        *deletions(),
    ),
    timers=(
        clock(
            "deletion", "注销办理时限", "Deletion due", "deletion_days", "leaving", ("deleted", "active"),
            escalations=TELL_THE_HEAD,
        ),
    ),
)  # fmt: skip
