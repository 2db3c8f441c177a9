"""A vertical made up for these tests: a funeral home with one field of each kind."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from core.fields import FieldSet
from core.plugin import Choice, Field, Label, Vertical, Wrong
from core.plugin.catalog import CatalogView, LoadedVertical


def label(zh: str, en: str) -> Label:
    return {"zh-CN": zh, "en": en}


def even(value: int) -> int:
    if value % 2:
        raise Wrong("funeral.odd", "%(guests)s guests leave one chair empty.", guests=value)
    return value


def broken(value: Any) -> Any:
    raise KeyError(value)


WOODS = (
    Choice(key="oak", label=label("橡木", "Oak")),
    Choice(key="pine", label=label("松木", "Pine, plain")),
)
FLOWERS = tuple(
    Choice(key=key, label=label(zh, en))
    for key, zh, en in (("lily", "百合", "Lily"), ("rose", "玫瑰", "Rose"), ("iris", "鸢尾", "Iris"))
)
FIELDS = (
    Field(key="wood", label=label("木料", "Wood"), kind="choice", choices=WOODS),
    Field(key="flowers", label=label("花", "Flowers"), kind="choices", choices=FLOWERS),
    Field(key="motto", label=label("挽词", "Motto"), kind="text", max_length=10),
    Field(key="speech", label=label("悼词", "Speech"), kind="long_text", sensitivity="personal", mask="text"),
    Field(
        key="guests", label=label("人数", "Guests"), kind="integer", minimum=0, maximum=400, unit=label("人", "people")
    ),
    Field(key="chairs", label=label("椅子", "Chairs"), kind="integer", validator=even),
    Field(key="rate", label=label("税率", "Rate"), kind="decimal", minimum=Decimal(0), maximum=Decimal("0.5")),
    Field(key="price", label=label("价格", "Price"), kind="money", currency="CNY", minimum=0, maximum=10_000_00),
    Field(key="yen", label=label("日元", "Yen"), kind="money", currency="JPY"),
    Field(key="paid", label=label("已付", "Paid"), kind="boolean"),
    Field(
        key="day", label=label("日期", "Day"), kind="date", minimum=date(2000, 1, 1), help=label("公历", "Gregorian")
    ),
    Field(key="begins_at", label=label("开始", "Begins at"), kind="datetime"),
    Field(key="phone", label=label("电话", "Phone"), kind="text", required=True, on="record:urn", mask="phone"),
    Field(key="broken", label=label("坏", "Broken"), kind="text", validator=broken, on="case"),
)
CORE = {
    "name": Field(
        key="name", label=label("姓名", "Name"), kind="text", required=True, mask="name", sensitivity="personal"
    )
}

VIEW = CatalogView(
    [
        LoadedVertical(
            vertical=Vertical(key="funeral", label=label("殡葬", "Funerals"), version="1", requires=">=1"),
            distribution="funeral",
            module="funeral.plugin",
            package="funeral",
            fields=FIELDS,
        )
    ]
)
CUSTOMER = FieldSet.of(VIEW, core=CORE)
FUNERAL = FieldSet.of(VIEW)
