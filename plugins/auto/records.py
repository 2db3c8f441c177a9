"""A vehicle with its odometer and its two periods of warranty, and what happens to it: sale, service, repair, recall.

A recall is one vehicle's part in a campaign. An order may wait for its vehicle; a test drive names the car that is driven.
"""

from __future__ import annotations

from core.plugin import Counter, Escalation, RecordType, Timer, choice, label

OVER = ("returned", "scrapped")

VEHICLE = RecordType(
    key="vehicle",
    label=label("车辆", "Vehicle"),
    holder="optional",
    exposure="leased",
    icon="car",
    identifiers=("vin", "plate", "engine_no"),
    title=("model", "plate"),
    columns=("vin", "model", "covered_from"),
    states=(
        choice("stock", "在库", "In stock"),
        choice("sold", "已售", "Sold", "ok"),
        choice("returned", "已退换", "Taken back", "warn"),
        choice("scrapped", "已报废", "Scrapped"),
    ),
    moves={"stock": ("sold", "scrapped"), "sold": OVER, "returned": ("stock", "scrapped"), "scrapped": ()},
    counters=(Counter(key="odometer", label=label("里程表", "Odometer"), unit=label("公里", "km")),),
    timers=(
        Timer(
            key="warranty",
            label=label("包修期", "Warranty"),
            parameter="warranty_years",
            unit="years",
            start="sold",
            stops=OVER,
            from_field="covered_from",
            counter="odometer",
            counter_parameter="warranty_km",
            escalations=(Escalation(percent=95, role="client_manager"),),
        ),
        Timer(
            key="sanbao",
            label=label("三包有效期", "Replacement and refund period"),
            parameter="sanbao_years",
            unit="years",
            start="sold",
            stops=OVER,
            from_field="covered_from",
            counter="odometer",
            counter_parameter="sanbao_km",
            escalations=(Escalation(percent=95, role="client_manager"),),
        ),
    ),
)
REPAIR = RecordType(
    key="repair",
    label=label("维修", "Repair"),
    holder="optional",
    parent="vehicle",
    exposure="leased",
    icon="gear",
    title=("fault_category", "main_part"),
    columns=("fault_category", "severity", "opened_at", "closed_at"),
    states=(choice("open", "在修", "Under repair", "info"), choice("closed", "已交车", "Finished", "ok")),
    moves={"open": ("closed",), "closed": ("open",)},
)

SERVICE_VISIT = RecordType(
    key="service_visit",
    label=label("进厂", "Service visit"),
    holder="optional",
    parent="vehicle",
    exposure="leased",
    icon="gear",
    title=("purpose", "odometer"),
    columns=("purpose", "odometer", "handed_over_at", "satisfied"),
    states=(
        choice("booked", "已预约", "Booked", "info"),
        choice("received", "已接车", "Received", "info"),
        choice("working", "施工中", "In the workshop", "warn"),
        choice("checked", "终检合格", "Passed the final check", "teal"),
        choice("handed_over", "已交车", "Handed over", "ok"),
        choice("missed", "未到店", "Did not come"),
    ),
    moves={
        "booked": ("received", "missed"),
        "received": ("working", "handed_over"),
        "working": ("checked",),
        "checked": ("working", "handed_over"),
        "handed_over": (),
        "missed": ("booked",),
    },
)
TEST_DRIVE = RecordType(
    key="test_drive",
    label=label("试驾", "Test drive"),
    holder="required",
    parent="vehicle",
    exposure="leased",
    icon="car",
    title=("model",),
    columns=("model", "licence_checked", "agreement_signed", "finished_at"),
    states=(
        choice("booked", "已预约", "Booked", "info"),
        choice("driven", "已试驾", "Driven", "ok"),
        choice("missed", "未到店", "Did not come", "warn"),
        choice("cancelled", "已取消", "Cancelled"),
    ),
    moves={"booked": ("driven", "missed", "cancelled"), "driven": (), "missed": ("booked",), "cancelled": ()},
)
ORDER = RecordType(
    key="order",
    label=label("订单", "Order"),
    holder="required",
    parent="vehicle",
    exposure="leased",
    icon="receipt",
    identifiers=("contract_no",),
    title=("model", "contract_no"),
    columns=("model", "net_price", "promised_on", "delivered_on"),
    states=(
        choice("placed", "已下订", "Placed", "info"),
        choice("allocated", "已配车", "Vehicle allocated", "info"),
        choice("ready", "待交付", "Ready for delivery", "teal"),
        choice("delivered", "已交付", "Delivered", "ok"),
        choice("cancelled", "已退订", "Cancelled", "bad"),
    ),
    moves={
        "placed": ("allocated", "cancelled"),
        "allocated": ("ready", "placed", "cancelled"),
        "ready": ("delivered", "allocated", "cancelled"),
        "delivered": (),
        "cancelled": (),
    },
    timers=(
        Timer(
            key="delivery",
            label=label("约定交付", "Delivery as agreed"),
            start="placed",
            stops=("delivered", "cancelled"),
            from_field="promised_on",
            escalations=(Escalation(percent=90, role="agent"), Escalation(percent=100, role="client_manager")),
        ),
    ),
)
RECALL = RecordType(
    key="recall",
    label=label("召回", "Recall"),
    holder="optional",
    parent="vehicle",
    exposure="leased",
    icon="alert",
    title=("campaign_no", "component"),
    columns=("campaign_no", "component", "announced_on", "remedied_on"),
    states=(
        choice("affected", "待告知", "To be told", "warn"),
        choice("notified", "已告知", "Told", "info"),
        choice("booked", "已预约", "Booked", "info"),
        choice("remedied", "已完成", "Remedied", "ok"),
        choice("unreachable", "无法联系", "Not reached", "bad"),
        choice("scrapped", "已报废", "Scrapped"),
        choice("exported", "已出口", "Exported"),
    ),
    moves={
        "affected": ("notified", "booked", "remedied", "unreachable", "scrapped", "exported"),
        "notified": ("booked", "remedied", "unreachable", "scrapped", "exported"),
        "booked": ("notified", "remedied", "unreachable", "scrapped", "exported"),
        "unreachable": ("notified", "booked", "remedied", "scrapped", "exported"),
        "remedied": (),
        "scrapped": (),
        "exported": (),
    },
)
OPEN_RECALL = ("affected", "notified", "booked", "unreachable")
"""While a vehicle's part in a recall is in one of these its defect is still there."""

RECORD_TYPES = (VEHICLE, REPAIR, SERVICE_VISIT, TEST_DRIVE, ORDER, RECALL)
