"""A vehicle with its odometer and its two periods of warranty, and each of its repairs."""

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

RECORD_TYPES = (VEHICLE, REPAIR)
