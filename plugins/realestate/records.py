"""What is for sale: a project, its buildings and their units. Nobody holds them; who buys a unit is told by its sale."""

from __future__ import annotations

from core.plugin import RecordType, choice, label

FREE = ("available", "reserved")
"""States of a unit in which a sale of it may begin."""

PROJECT = RecordType(
    key="project",
    label=label("楼盘", "Project"),
    holder="none",
    exposure="shared",
    icon="building",
    title=("project_name",),
    columns=("presale_permit_no", "permit_valid_until", "delivery_due"),
    states=(
        choice("planned", "筹备", "Planned"),
        choice("on_sale", "在售", "On sale", "ok"),
        choice("sold_out", "售罄", "Sold out"),
    ),
)
BUILDING = RecordType(
    key="building",
    label=label("楼栋", "Building"),
    holder="none",
    parent="project",
    exposure="shared",
    icon="building",
    title=("building_name",),
    columns=("floors",),
    states=(
        choice("building", "在建", "Being built", "info"),
        choice("topped_out", "封顶", "Topped out", "info"),
        choice("completed", "竣工", "Completed", "ok"),
    ),
)
UNIT = RecordType(
    key="unit",
    label=label("房源", "Unit"),
    holder="none",
    parent="building",
    exposure="shared",
    icon="home",
    title=("unit_name",),
    columns=("layout", "gfa", "list_price"),
    identifiers=("house_code",),
    states=(
        choice("unreleased", "未推", "Not released"),
        choice("available", "可售", "Available", "ok"),
        choice("reserved", "销控", "Reserved", "warn"),
        choice("subscribed", "认购", "Subscribed", "info"),
        choice("signed", "签约", "Contract signed", "info"),
        choice("filed", "备案", "Contract filed", "teal"),
        choice("delivered", "已交付", "Delivered", "teal"),
        choice("seized", "查封", "Seized", "bad"),
    ),
    moves={
        "unreleased": ("available", "reserved"),
        "available": ("unreleased", "reserved", "subscribed", "seized"),
        "reserved": ("available", "subscribed", "seized"),
        "subscribed": ("signed", "available"),
        "signed": ("filed", "available"),
        "filed": ("delivered", "available"),
        "delivered": (),
    },
)

RECORD_TYPES = (PROJECT, BUILDING, UNIT)
