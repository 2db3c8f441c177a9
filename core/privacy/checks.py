"""The core's own answers before a value is shown, by rule: grant, field, open work, quota. The gate decides with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.context import Context
from core.gate.answers import Answer
from core.plugin.types import Label, VerdictKind
from core.privacy.quota import Span
from core.privacy.targets import Target

FROZEN, HIDDEN, WORK, QUOTA = "core.reveal_grant", "core.reveal_field", "core.reveal_work", "core.reveal_quota"
RULES: Mapping[str, Label] = {
    FROZEN: {"zh-CN": "授权有效", "en": "The grant is in force"},
    HIDDEN: {"zh-CN": "字段可揭示", "en": "The field may be revealed"},
    WORK: {"zh-CN": "有进行中的工作", "en": "There is open work"},
    QUOTA: {"zh-CN": "揭示额度", "en": "The quota of reveals"},
}
SPANS: Mapping[str, tuple[str, str]] = {"hour": ("近 1 小时", "in the last hour"), "day": ("近 24 小时", "in 24 hours")}


def answers(context: Context, *, target: Target, worked: bool, spans: Sequence[Span]) -> dict[str, Answer | None]:
    """Every check with what it says; None where it has nothing to say."""
    provider = context.party == "provider"
    return {
        FROZEN: _frozen() if context.grant is not None and context.grant.frozen else None,
        HIDDEN: _hidden(target) if target.policy == "hidden" else None,
        WORK: _no_work() if provider and not worked else None,
        QUOTA: _quota(spans),
    }


def _frozen() -> Answer:
    return _answer(
        FROZEN, "deny", "core.grant_frozen",
        "授权已被冻结，暂不能揭示任何值。请联系发包方的个人信息保护负责人。",
        "The grant is frozen, so nothing is revealed. Ask the client's data protection officer.",
    )  # fmt: skip


def _hidden(target: Target) -> Answer:
    return _answer(
        HIDDEN, "deny", "core.field_hidden",
        f"授权不含“{target.label}”，不能揭示。", f"The grant does not include “{target.label}”, so it is not revealed.",
    )  # fmt: skip


def _no_work() -> Answer:
    return _answer(
        WORK, "deny", "core.no_open_work",
        "你没有这位客户的进行中的工单或来电。先接手工单，再揭示。",
        "You have no open case and no incoming contact of this customer. Take a case first, then reveal.",
    )  # fmt: skip


def _quota(spans: Sequence[Span]) -> Answer | None:
    full = next((each for each in spans if each.full), None)
    if full is not None:
        zh, en = SPANS[full.key]
        return _answer(
            QUOTA, "defer", "core.reveal_quota_used",
            f"{zh}已揭示 {full.used} 次，上限 {full.hard} 次。",
            f"{full.used} of {full.hard} reveals {en} are used.",
            of=full,
        )  # fmt: skip
    near = next((each for each in spans if each.near), None)
    if near is None:
        return None
    zh, en = SPANS[near.key]
    return _answer(
        QUOTA, "warn", "core.reveal_quota_near",
        f"{zh}已揭示 {near.used} 次，上限 {near.hard} 次；超过 {near.soft} 次会被关注。",
        f"{near.used} of {near.hard} reveals {en} are used; more than {near.soft} are looked at.",
        of=near,
    )  # fmt: skip


def _answer(rule: str, verdict: VerdictKind, code: str, zh: str, en: str, *, of: Span | None = None) -> Answer:
    used = {f"core.{each.key}": each for each in of.parameters} if of is not None else {}
    cited = "；".join(dict.fromkeys(each.source for each in used.values()))
    return Answer(
        rule=rule, verdict=verdict, code=code, text={"zh-CN": zh, "en": en}, citation=cited, parameters=used,
        until=of.free_at if of is not None and verdict == "defer" else None,
    )  # fmt: skip
