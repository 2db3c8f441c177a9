"""The core's own fields of a customer, declared like a vertical's, so that one declaration serves every surface."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from core.errors import N_
from core.fields import FieldSet
from core.plugin.catalog import CatalogView
from core.plugin.standards import currency, email, phone
from core.plugin.types import Choice, Field, Label, Wrong


def _label(zh: str, en: str) -> Label:
    return {"zh-CN": zh, "en": en}


KINDS = (
    Choice(key="person", label=_label("个人", "Person")),
    Choice(key="organisation", label=_label("单位", "Organisation")),
    Choice(key="household", label=_label("家庭", "Household")),
)
STATES = (
    Choice(key="active", label=_label("有效", "Active"), tone="ok"),
    Choice(key="merged", label=_label("已合并", "Merged")),
    Choice(key="archived", label=_label("已归档", "Archived")),
    Choice(key="erased", label=_label("已删除", "Erased")),
)


def _country(value: str) -> str:
    code = value.upper()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise Wrong("country.format", N_("A country is two letters, such as CN (ISO 3166)."))
    return code


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise Wrong("time_zone.unknown", N_("This is no time zone such as Asia/Shanghai."))
    return value


def _locale(value: str) -> str:
    parts = value.replace("_", "-").split("-")
    if not all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts) or len(parts[0]) not in (2, 3):
        raise Wrong("locale.format", N_("This is no language such as zh-CN or en."))
    return "-".join(parts)


def _born(value: date) -> date:
    if value > date.today() or value.year < 1880:  # noqa: DTZ011 - a birthday has no zone
        raise Wrong("born_on.range", N_("Nobody was born on that day."))
    return value


@cache
def core_fields(region: str) -> Mapping[str, Field]:
    """The core fields by name; `region` is where a telephone number without a country code is."""
    declared = (
        Field(key="name", label=_label("姓名或名称", "Name"), kind="text", required=True, max_length=200,
              sensitivity="personal", mask="name"),
        Field(key="kind", label=_label("类型", "Kind"), kind="choice", required=True, choices=KINDS),
        Field(key="salutation", label=_label("称呼", "Salutation"), kind="text", max_length=40),
        Field(key="born_on", label=_label("出生日期", "Date of birth"), kind="date", validator=_born,
              sensitivity="personal"),
        Field(key="phone", label=_label("电话", "Phone"), kind="text", max_length=40, validator=phone(region),
              sensitivity="personal", mask="phone"),
        Field(key="email", label=_label("电子邮箱", "E-mail"), kind="text", max_length=254, validator=email,
              sensitivity="personal", mask="email"),
        Field(key="address", label=_label("地址", "Address"), kind="text", max_length=500,
              sensitivity="personal", mask="address"),
        Field(key="country", label=_label("国家或地区", "Country or region"), kind="text", max_length=2,
              validator=_country, help=_label("两位代码，如 CN", "Two letters, such as CN")),
        Field(key="region", label=_label("城市或区域", "City or area"), kind="text", max_length=80,
              help=_label("如 南京", "Such as Nanjing")),
        Field(key="time_zone", label=_label("时区", "Time zone"), kind="text", max_length=60, validator=_zone,
              help=_label("如 Asia/Shanghai，决定何时可以致电", "Such as Asia/Shanghai; it decides when to call")),
        Field(key="locale", label=_label("语言", "Language"), kind="text", max_length=20, validator=_locale,
              help=_label("如 zh-CN 或 en", "Such as zh-CN or en")),
        Field(key="currency", label=_label("首选币种", "Preferred currency"), kind="text", max_length=3, validator=currency,
              help=_label("三位代码，如 CNY", "Three letters, such as CNY")),
        Field(key="grade", label=_label("等级", "Grade"), kind="text", max_length=40),
    )  # fmt: skip
    return {field.key: field for field in declared}


STATE = Field(key="state", label=_label("状态", "State"), kind="choice", choices=STATES)


@cache
def core_set(region: str) -> FieldSet:
    """The core fields alone: what the service itself checks."""
    fields = core_fields(region)
    return FieldSet(fields=fields, columns={name: name for name in fields})


def field_set(view: CatalogView, *, region: str = "CN") -> FieldSet:
    """The core fields and those that the enabled verticals declare on customers."""
    return FieldSet.of(view, core=core_fields(region))


def condition_fields(view: CatalogView) -> FieldSet:
    """What a filter, segment or rule may name: the fields and the state."""
    return FieldSet.of(view, core={**core_fields("CN"), "state": STATE})
