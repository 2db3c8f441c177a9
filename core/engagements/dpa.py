"""The data processing agreement of a grant, in both languages: the six items of PIPL article 21, made from the grant's own row.

Purpose, period, method, kinds of data, protective measures, rights and duties of both parties. Text and technical grant cannot
differ, since there is only the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from core.engagements.terms import MEASURES, METHODS, Grantable
from core.plugin.types import Label

PURPOSES: Mapping[str, Label] = {
    "service": {"zh-CN": "客户服务", "en": "customer service"},
    "retention": {"zh-CN": "客户保持", "en": "customer retention"},
    "marketing": {"zh-CN": "营销", "en": "marketing"},
    "survey": {"zh-CN": "调查", "en": "surveys"},
    "collections": {"zh-CN": "催收", "en": "collections"},
    "recall": {"zh-CN": "召回", "en": "recalls"},
    "any": {"zh-CN": "合作约定的全部工作", "en": "all work of the engagement"},
}
SEEN: Mapping[str, Label] = {
    "masked": {"zh-CN": "脱敏", "en": "masked"},
    "clear": {"zh-CN": "明文", "en": "clear"},
    "hidden": {"zh-CN": "不显示", "en": "hidden"},
}
DUTIES: Mapping[str, Sequence[str]] = {
    "zh-CN": (
        "受托人按约定处理个人信息，不超出约定的目的与方式（第二十一条第二款）。",
        "委托不生效、无效、被撤销或终止的，受托人返还或者删除个人信息，不得保留（第二十一条第二款）。",
        "未经委托人同意，受托人不得转委托他人处理（第二十一条第三款）。",
        "委托人对受托人的处理活动进行监督：每次查看、揭示与联系均留痕，可随时撤销授权（第二十一条第一款）。",
        "受托人采取必要措施保障所处理个人信息的安全，并协助委托人履行义务（第五十九条）。",
    ),
    "en": (
        "The provider processes personal information as agreed, not beyond the agreed purpose and method (art. 21 para. 2).",
        "Where the entrustment does not take effect, is void, revoked or ended, the provider returns or deletes the personal "
        "information and keeps none (art. 21 para. 2).",
        "Without the client's consent the provider entrusts nobody else with it (art. 21 para. 3).",
        "The client supervises the processing: each view, reveal and contact is recorded, and it may revoke the grant at any "
        "time (art. 21 para. 1).",
        "The provider takes the measures needed to keep the information safe and helps the client to meet its duties (art. 59).",
    ),
}
HEADS: Mapping[str, Sequence[str]] = {
    "zh-CN": ("处理目的", "期限", "处理方式", "个人信息的种类", "保护措施", "双方的权利和义务"),
    "en": ("Purpose", "Period", "Method", "Kinds of personal information", "Protective measures", "Rights and duties"),
}


@dataclass(frozen=True, kw_only=True)
class Item:
    head: str
    lines: Sequence[str]


def items(
    row: Any, *, language: str, fields: Sequence[Grantable], zone: str, sites: Mapping[str, str]
) -> Sequence[Item]:
    """The six items in one language. `sites` are names by id."""
    here = ZoneInfo(zone)
    begin, end = (moment.astimezone(here).strftime("%Y-%m-%d %H:%M %Z") for moment in (row.starts_at, row.ends_at))
    named = {each.key: each.label[language] for each in fields}
    apart = "：" if language == "zh-CN" else ": "
    kinds = [f"{named.get(key, key)}{apart}{SEEN[how][language]}" for key, how in sorted(row.fields.items())]
    zh = language == "zh-CN"
    everything = "全部个人信息字段，脱敏" if zh else "all personal fields, masked"
    budget = _budget(row.row_budget, zh=zh)
    bodies = (
        [PURPOSES.get(row.purpose, {language: row.purpose})[language], *([row.reason] if row.reason else [])],
        [f"{begin} – {end}"],
        [METHODS[key][language] for key in row.methods] or ["在客汇内按脱敏规则查看" if zh else "inside Kehub, masked"],
        [*(kinds or [everything]), *budget],
        [*(MEASURES[key][language] for key in row.measures), *_where(row, sites, zh=zh)],
        DUTIES[language],
    )
    return [Item(head=head, lines=list(lines)) for head, lines in zip(HEADS[language], bodies, strict=True)]


def _budget(rows: int | None, *, zh: bool) -> list[str]:
    if rows is None:
        return []
    return [f"最多 {rows:,} 位客户" if zh else f"at most {rows:,} customers"]


def _where(row: Any, sites: Mapping[str, str], *, zh: bool) -> list[str]:
    comma = "、" if zh else ", "
    said = []
    if row.countries:
        said.append(("仅限以下国家或地区：" if zh else "seen only from: ") + comma.join(row.countries))
    if row.site_ids:
        said.append(
            ("仅限以下职场的席位：" if zh else "only at seats of: ")
            + comma.join(sites.get(each, each) for each in row.site_ids)
        )
    if row.skills:
        said.append(("仅限具备以下技能之一的人员：" if zh else "only by people with one of: ") + comma.join(row.skills))
    return said


def text(
    row: Any,
    *,
    language: str,
    client: str,
    provider: str,
    fields: Sequence[Grantable],
    zone: str,
    sites: Mapping[str, str],
) -> str:
    """The agreement as plain text."""
    zh = language == "zh-CN"
    title = "个人信息委托处理约定" if zh else "Agreement on entrusted processing of personal information"
    parties = (
        f"委托人（发包方）：{client}\n受托人（承包方）：{provider}" if zh else f"Client: {client}\nProvider: {provider}"
    )
    parts = [title, parties]
    for number, item in enumerate(items(row, language=language, fields=fields, zone=zone, sites=sites), start=1):
        parts.append("\n".join([f"{number}. {item.head}", *(f"   {line}" for line in item.lines)]))
    return "\n\n".join(parts) + "\n"
