"""What must not be carried by express, and what is late.

Both read the subject of a record's action: `record` (its `attributes` as stored, points in time as UTC text), `before`, `at`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.plugin import Reason, Rule, label
from plugins.logistics.records import ARRIVED, UNDER_WAY

FORBIDDEN = {"dangerous": ("危险化学品", "hazardous chemicals"), "prohibited": ("禁止寄递物品", "prohibited goods")}
ONWARD = frozenset({"in_transit", "out_for_delivery", "agent_point", "delivered"})


def own(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = holder["attributes"].get("logistics", {})
    return found


def dangerous_goods(subject: Mapping[str, Any], _parameters: Mapping[str, Any]) -> Reason | None:
    """Not accepted by express; found out later, it goes no further than back. To note what was found is always possible."""
    shipment, before = subject["record"], subject["before"]
    held = own(shipment)
    if held.get("carriage") != "express" or not (held.get("goods") in FORBIDDEN or held.get("un_number")):
        return None
    number = str(held.get("un_number", ""))
    zh, en = FORBIDDEN.get(str(held.get("goods")), (f"危险货物 {number}", f"dangerous goods {number}"))
    if before is None or before["state"] == "created":
        if shipment["state"] in ("returned", "closed"):
            return None
        return Reason(
            code="logistics.dangerous_goods",
            text=label(
                f"快递不得收寄{zh}：拒绝收寄，或改由有资质的货运承运。",
                f"Express may not accept {en}: refuse it, or send it as freight with a licensed carrier.",
            ),
            verdict="deny",
        )
    if before["state"] not in UNDER_WAY or shipment["state"] == before["state"] or shipment["state"] not in ONWARD:
        return None
    return Reason(
        code="logistics.dangerous_goods_under_way",
        text=label(
            f"已收寄的快件疑似{zh}：立即停止分拣、运输、投递，依法报告有关部门或退回。",
            f"An accepted item seems to be {en}: stop sorting, transport and delivery; report it, or send it back.",
        ),
        verdict="hold",
    )


def late(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
    """Past its promise and the grace given, and still not there."""
    shipment = subject["record"]
    promised = own(shipment).get("promised_at")
    if promised is None or shipment["state"] in ARRIVED or own(shipment).get("delivered_at"):
        return None
    since = subject["at"] - datetime.fromisoformat(promised)
    if since <= timedelta(hours=int(parameters["delay_grace_hours"])):
        return None
    hours = int(since.total_seconds() // 3600)
    waybill = own(shipment).get("waybill", "")
    return Reason(
        code="logistics.late",
        text=label(
            f"运单 {waybill} 已超过承诺送达时间 {hours} 小时，请告知客户并说明原因。",
            f"Shipment {waybill} is {hours} hours past its promise. Tell the customer why.",
        ),
        verdict="warn",
        parameters=("delay_grace_hours",),
    )


CARRIAGE = (
    Rule(
        key="dangerous_goods",
        label=label("快递禁寄危险物品", "No dangerous goods by express"),
        action="record_change",
        on=("shipment",),
        citation="《危险化学品安全管理条例》第六十四条第二款；《快递暂行条例》第三十三条",
        decide=dangerous_goods,
    ),
    Rule(
        key="delay",
        label=label("超过承诺时间未送达", "Late"),
        action="record_watch",
        on=("shipment",),
        citation="《快递暂行条例》第二十七条、第二十八条；承诺时限以运单约定为准",
        verdict="warn",
        severity="medium",
        mandatory=False,
        parameters=("delay_grace_hours",),
        opens="delay",
        decide=late,
    ),
)
