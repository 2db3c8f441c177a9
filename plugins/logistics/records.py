"""A shipment from the order to the signature, a claim for one, and the rates agreed with a shipper.

A shipment may belong to no customer: a consignment that somebody else entered.
"""

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
    identifiers=("waybill", "s10", "sscc", "awb", "container_no"),
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
        Timer(
            key="scan",
            label=label("应有下次扫描", "Next scan expected"),
            start="accepted",
            from_field="stale_at",
            ends="moment",
            stops=ARRIVED,
            escalations=(Escalation(percent=100, role="agent"),),
        ),
        Timer(
            key="lost",
            label=label("视为彻底延误", "Counts as lost"),
            start="accepted",
            from_field="lost_at",
            ends="moment",
            stops=ARRIVED,
            escalations=(Escalation(percent=100, role="client_manager"),),
        ),
        Timer(
            key="remittance",
            label=label("代收货款返还", "Cash on delivery to be remitted"),
            parameter="cod_remit_days",
            start="delivered",
            stops=("closed",),
            from_field="delivered_at",
            escalations=(Escalation(percent=100, role="client_manager"),),
        ),
    ),
)
CLAIM = RecordType(
    key="claim",
    label=label("理赔", "Claim"),
    holder="optional",
    parent="shipment",
    exposure="leased",
    icon="receipt",
    title=("reason",),
    columns=("reason", "claimed", "offered", "paid", "paid_on"),
    states=(
        choice("opened", "已受理", "Opened", "info"),
        choice("offered", "已提出方案", "Offered", "warn"),
        choice("paid", "已赔付", "Paid", "ok"),
        choice("rejected", "不予赔付", "Refused", "bad"),
    ),
    moves={"opened": ("offered", "rejected"), "offered": ("paid", "rejected"), "rejected": ("opened",), "paid": ()},
)
RATE_AGREEMENT = RecordType(
    key="rate_agreement",
    label=label("运价协议", "Rate agreement"),
    holder="required",
    exposure="client_only",
    icon="file",
    title=("carriage", "zone"),
    columns=("carriage", "service_level", "zone", "valid_from", "valid_until"),
    states=(
        choice("quoted", "已报价", "Quoted", "info"),
        choice("signed", "已签订", "Signed", "ok"),
        choice("expired", "已到期", "Expired", "warn"),
        choice("terminated", "已终止", "Terminated"),
    ),
    moves={
        "quoted": ("signed", "terminated"),
        "signed": ("expired", "terminated"),
        "expired": ("signed",),
        "terminated": (),
    },
    timers=(
        Timer(
            key="renewal",
            label=label("协议到期", "Agreement ends"),
            start="signed",
            from_field="valid_until",
            stops=("expired", "terminated"),
            escalations=(Escalation(percent=90, role="client_manager"), Escalation(percent=100, role="client_manager")),
        ),
    ),
)

RECORD_TYPES = (SHIPMENT, CLAIM, RATE_AGREEMENT)
