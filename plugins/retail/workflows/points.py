"""Points for a reward: `asked -> reserved -> redeemed -> settled`, released where nothing came of it, restored where it went back.

Each step is booked in the books of points, in its transaction (`plugins/retail/points/upkeep.py`): too few points refuse it.
"""

from __future__ import annotations

from core.plugin import Workflow, label, state, step
from plugins.retail.workflows.clocks import clock

POINTS = Workflow(
    key="points",
    label=label("积分兑换", "Redemption of points"),
    version=1,
    record_type="membership",
    record_required=True,
    fields=("points_asked", "reward", "reward_order"),
    states=(
        state("asked", "已申请", "Asked for", "initial"),
        state("reserved", "已预留积分", "Points reserved"),
        state("redeemed", "已兑换", "Redeemed"),
        state("settled", "已完结", "Settled", "done"),
        state("released", "已取消", "Released", "failed"),
        state("restored", "已退回积分", "Points given back", "failed"),
    ),
    transitions=(
        step("reserve", "预留积分", "Reserve the points", "asked", "reserved", required=("points_asked", "reward")),
        step("withdraw", "撤回", "Withdraw", "asked", "released"),
        step("redeem", "完成兑换", "Redeem", "reserved", "redeemed", required=("reward_order",)),
        step("release", "取消预留", "Release the points", "reserved", "released"),
        step("restore", "退回兑换品", "Take the reward back", "redeemed", "restored"),
        step("settle", "完结", "Settle", "redeemed", "settled"),
    ),
    timers=(
        clock(
            "reservation", "预留有效期", "Reservation ends", "reservation_hours", "reserved",
            ("redeemed", "released"), unit="hours", on_breach="release",
        ),
        clock(
            "return_window", "兑换品退回期", "The reward may go back", "no_reason_days", "redeemed",
            ("settled", "restored"), escalations=(), on_breach="settle",
        ),
    ),
)  # fmt: skip
