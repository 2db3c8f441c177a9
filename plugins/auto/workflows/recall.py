"""One vehicle's part in a recall: `affected -> notified -> booked -> remedied`, or `unreachable`, or gone from the road.

Who is not reached is tried again; a vehicle that was scrapped or exported ends it (《缺陷汽车产品召回管理条例》第十八、十九条).
"""

from __future__ import annotations

from collections.abc import Iterator

from core.plugin import Escalation, Timer, Transition, Workflow, label, state, step

OPEN = ("affected", "notified", "booked", "unreachable")
ENDS = ("remedied", "gone")


def ends() -> Iterator[Transition]:
    for source in OPEN:
        yield step("remedy", "完成召回", "Remedied", source, "remedied", effects=("set_record_state:remedied",))
        for key, zh, en in (("scrap", "车辆已报废", "Scrapped"), ("export", "车辆已出口", "Exported")):
            yield step(
                key, zh, en, source, "gone", required=("unreachable_reason",),
                effects=(f"set_record_state:{'scrapped' if key == 'scrap' else 'exported'}",),
            )  # fmt: skip


RECALL = Workflow(
    key="recall",
    label=label("召回", "Recall"),
    version=1,
    record_type="recall",
    record_required=True,
    fields=("notified_how", "booked_for", "unreachable_reason"),
    states=(
        state("affected", "待告知", "To be told", "initial"),
        state("notified", "已告知", "Told"),
        state("booked", "已预约", "Booked"),
        state("unreachable", "无法联系", "Not reached"),
        state("remedied", "已完成", "Remedied", "done"),
        state("gone", "车辆已报废或出口", "No longer on the road", "done"),
    ),
    transitions=(
        step(
            "notify", "告知车主", "Tell the owner", "affected", "notified", required=("notified_how",),
            effects=("set_record_state:notified",),
        ),
        step(
            "book", "预约到店", "Book", "notified", "booked", required=("booked_for",), effects=("set_record_state:booked",),
        ),
        step("rebook", "未到店，重新预约", "Did not come", "booked", "notified", effects=("set_record_state:notified",)),
        *(
            step(
                "give_up", "无法联系", "Cannot be reached", source, "unreachable", required=("unreachable_reason",),
                effects=("set_record_state:unreachable",),
            )
            for source in ("affected", "notified", "booked")
        ),
        step(
            "reach", "重新联系上", "Reached again", "unreachable", "notified", required=("notified_how",),
            effects=("set_record_state:notified",),
        ),
        *ends(),
    ),
    timers=(
        Timer(
            key="notice",
            label=label("告知期限", "Owner to be told"),
            parameter="recall_notice_days",
            start="affected",
            stops=("notified", "booked", *ENDS),
            escalations=(Escalation(percent=70, role="agent"), Escalation(percent=100, role="client_manager")),
        ),
        Timer(
            key="completion",
            label=label("完成期限", "Remedy to be done"),
            parameter="recall_completion_days",
            start="affected",
            stops=ENDS,
            pauses=("unreachable",),
            escalations=(Escalation(percent=80, role="client_manager"),),
        ),
    ),
)  # fmt: skip
