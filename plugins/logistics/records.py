"""A shipment, from the order to the signature. One may belong to no customer: a consignment that somebody else entered."""

from __future__ import annotations

from core.plugin import Escalation, RecordType, Timer, choice, label

ARRIVED = ("delivered", "returned", "closed")
"""States in which nobody waits for it any more."""
UNDER_WAY = ("accepted", "in_transit", "out_for_delivery", "failed_attempt", "agent_point")

SHIPMENT = RecordType(
    key="shipment",
    label=label("运单", "Shipment"),
    holder="optional",
    exposure="leased",
    icon="truck",
    identifiers=("waybill", "s10", "sscc"),
    title=("waybill",),
    columns=("carriage", "service_level", "promised_at", "delivered_at"),
    states=(
        choice("created", "已下单", "Created"),
        choice("accepted", "已收寄", "Accepted", "info"),
        choice("in_transit", "运输中", "In transit", "info"),
        choice("out_for_delivery", "派送中", "Out for delivery", "info"),
        choice("delivered", "已签收", "Delivered", "ok"),
        choice("failed_attempt", "派送未成功", "Attempt failed", "warn"),
        choice("agent_point", "待自提", "At a pick-up point", "info"),
        choice("returned", "已退回", "Returned", "warn"),
        choice("closed", "已关闭", "Closed"),
    ),
    moves={
        "created": ("accepted", "closed"),
        "accepted": ("in_transit", "returned"),
        "in_transit": ("out_for_delivery", "returned"),
        "out_for_delivery": ("delivered", "failed_attempt", "agent_point"),
        "failed_attempt": ("out_for_delivery", "agent_point", "returned"),
        "agent_point": ("delivered", "returned"),
        "delivered": ("closed",),
        "returned": ("closed",),
        "closed": (),
    },
    timers=(
        Timer(
            key="promise",
            label=label("承诺送达", "Promised delivery"),
            start="created",
            from_field="promised_at",
            ends="moment",
            stops=ARRIVED,
            escalations=(Escalation(percent=100, role="client_manager"),),
        ),
    ),
)

RECORD_TYPES = (SHIPMENT,)
