"""The terms of a data grant: which fields, how seen, where, by which methods and measures, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import N_, FieldError
from core.plugin.catalog import CatalogView
from core.plugin.types import Label

POLICIES = ("masked", "clear", "hidden")
REASON_LIMIT = 1000
MOST_ROWS = 2_000_000

METHODS: Mapping[str, Label] = {
    "view": {"zh-CN": "在客汇内查看，不导出", "en": "seeing it inside Kehub, without export"},
    "call": {"zh-CN": "致电", "en": "telephone calls"},
    "message": {"zh-CN": "发送短信与邮件", "en": "text messages and e-mail"},
    "visit": {"zh-CN": "上门", "en": "visits"},
    "record": {"zh-CN": "登记客户接触与工单", "en": "recording interactions and cases"},
    "export": {"zh-CN": "经复核导出为文件", "en": "taking files away, each approved"},
}
"""How the data are processed (PIPL article 21)."""

MEASURES: Mapping[str, Label] = {
    "masking": {"zh-CN": "默认脱敏，服务器端执行", "en": "masking on the server by default"},
    "reveal_log": {"zh-CN": "每次揭示须说明原因并留痕", "en": "a reason and a record for each reveal"},
    "seats": {"zh-CN": "仅限登记的席位", "en": "registered seats only"},
    "nda": {"zh-CN": "人员已签保密协议", "en": "a confidentiality agreement with each person"},
    "canaries": {"zh-CN": "名单中安放诱饵客户", "en": "canary records in the lists"},
    "proof": {"zh-CN": "到期归还并出具删除证明", "en": "return at the end, with proof of deletion"},
}
"""Protective measures. `nda` is asked of each person at the door, `seats` by the sites that the grant names."""


@dataclass(frozen=True, kw_only=True)
class Grantable:
    """A field that a grant may speak of."""

    key: str
    label: Label
    sensitive: bool


def _core(key: str, zh: str, en: str, *, sensitive: bool = False) -> Grantable:
    return Grantable(key=key, label={"zh-CN": zh, "en": en}, sensitive=sensitive)


CORE = (
    _core("name", "姓名或名称", "Name"),
    _core("phone", "电话", "Phone"),
    _core("email", "电子邮箱", "E-mail"),
    _core("address", "地址", "Address"),
    _core("born_on", "出生日期", "Date of birth"),
    _core("note", "备注与谈话内容", "Notes and transcripts"),
    _core("document:ric", "身份证", "Identity card", sensitive=True),
    _core("document:passport", "护照", "Passport", sensitive=True),
)


def grantable(view: CatalogView) -> Sequence[Grantable]:
    """The core's personal fields and those that the tenant's verticals declare, sensitive ones marked."""
    declared = (
        Grantable(key=key, label=field.label, sensitive=field.sensitivity == "sensitive")
        for key, field in view.fields(on="customer").items()
        if field.sensitivity != "plain"
    )
    return (*CORE, *declared)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is asked for."""

    purpose: str
    fields: Mapping[str, str]
    countries: Sequence[str]
    starts_at: datetime
    ends_at: datetime
    row_budget: int | None = None
    site_ids: Sequence[str] = ()
    skills: Sequence[str] = ()
    methods: Sequence[str] = ("view", "call", "record")
    measures: Sequence[str] = ("masking", "reveal_log", "proof")
    reason: str = ""


def sensitive_clear(fields: Mapping[str, str], view: CatalogView) -> list[Grantable]:
    """Sensitive fields that the terms would show clear: the data protection officer decides on each grant that has one."""
    return [each for each in grantable(view) if each.sensitive and fields.get(each.key) == "clear"]


def faults(terms: Terms, *, view: CatalogView, purposes: Sequence[str]) -> list[FieldError]:
    """What is wrong with the terms by themselves."""
    known = {each.key for each in grantable(view)}
    checks: Sequence[tuple[bool, str, str, str]] = (
        (terms.purpose not in purposes, "purpose", "choice", N_("Choose a purpose.")),
        (not terms.fields, "fields", "required", N_("Choose at least one field: a grant of nothing is none.")),
        (not known.issuperset(terms.fields), "fields", "choice", N_("A field of these does not exist here.")),
        (not set(POLICIES).issuperset(terms.fields.values()), "fields", "choice", N_("Choose masked, clear or hidden.")),
        (any(not _country(each) for each in terms.countries), "countries", "format",
         N_("A country is two letters, such as CN (ISO 3166).")),
        (not terms.countries, "countries", "required", N_("Say from which countries the data are seen.")),
        (terms.ends_at <= terms.starts_at, "ends_at", "range", N_("The grant would have ended before it begins.")),
        (terms.row_budget is not None and not 0 < terms.row_budget <= MOST_ROWS, "row_budget", "range",
         N_("From 1 to 2,000,000 customers.")),
        (not terms.methods or not METHODS.keys() >= set(terms.methods), "methods", "choice",
         N_("Choose how the data are processed.")),
        (not MEASURES.keys() >= set(terms.measures), "measures", "choice", N_("This is not one of the choices.")),
        (not terms.reason.strip(), "reason", "required", N_("Say why the provider needs these data.")),
        (len(terms.reason) > REASON_LIMIT, "reason", "length", N_("Write less: 1,000 characters at most.")),
    )  # fmt: skip
    return [FieldError(field=field, code=code, message=message) for wrong, field, code, message in checks if wrong]


def _country(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()


def stored(terms: Terms) -> dict[str, Any]:
    """The terms as the columns of a grant."""
    return {
        "purpose": terms.purpose,
        "fields": dict(terms.fields),
        "countries": sorted(set(terms.countries)),
        "site_ids": sorted(set(terms.site_ids)),
        "skills": sorted(set(terms.skills)),
        "methods": [key for key in METHODS if key in terms.methods],
        "measures": [key for key in MEASURES if key in terms.measures],
        "row_budget": terms.row_budget,
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "reason": terms.reason.strip(),
    }
