"""From the subject of a contact to a verdict.

1. The core's rules, then the contact hours and budgets, then the enabled verticals' rules for the purpose and channel.
2. A deferral ends at the latest moment any rule asked for, moved on to where hours are open and budgets have room.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.gate import rules as core_rules
from core.gate.answers import STRICTNESS, Answer, Asked, Outcome, ask, hold, shadowed, strictest_first, what_was_said
from core.gate.limits import Limits, LimitsOn, limits_for, settle
from core.gate.prepared import Panel, Places, Prepared, Ready, prepared
from core.gate.subject import Subject
from core.gate.windows import Budget
from core.plugin import Action, Label, VerdictKind
from core.plugin.catalog import CatalogView

__all__ = ["STRICTNESS", "Outcome", "evaluate"]


def evaluate(
    subject: Subject, *, view: CatalogView, action: Action, country: str, rules: Collection[Ready] | None = None
) -> Outcome:
    """The outcome for one subject. Pure: the same subject, view and country always give the same.

    `rules` are those asked of verticals; without it, all that are on or in shadow.
    """
    places = (subject.values["customer"]["country"], country)
    today = subject.at.astimezone(subject.zone).date()
    on = limits_of(subject, view=view, places=places)
    limits = on(today)
    panel = _panel(subject, rules, ready=prepared(view), action=action, places=places, on=today)
    asked = [
        *_core(subject.values),
        *_hours(limits, subject, on),
        *_budget(limits, subject, on),
        *ask(panel, subject),
    ]
    findings, verdict, until = _judged(strictest_first(asked), on, subject)
    return Outcome(
        verdict=verdict,
        until=until,
        findings=findings,
        rules={**panel.silent, **what_was_said(asked)},
        closes=min((window.closes(subject.at, subject.zone) for window in limits.windows), default=None),
        shadow=shadowed(asked),
    )


def _panel(
    subject: Subject, rules: Collection[Ready] | None, *, ready: Prepared, action: Action, places: Places, on: date
) -> Panel:
    """Those of the rules that are meant for this purpose and channel."""
    values = subject.values
    if rules is not None:
        return Panel.of(_meant(rules, values), numbers=ready.numbers(places, on))
    key = (action, values["purpose"], values["channel"])
    return ready.panel(key, lambda: _meant(ready.on(action), values), places=places, on=on)


def limits_of(subject: Subject, *, view: CatalogView, places: Places) -> LimitsOn:
    """The limits of the subject's contact by day."""
    purpose, channel = subject.values["purpose"], subject.values["channel"]
    return lambda day: limits_for(view, purpose=purpose, channel=channel, places=places, on=day)


def _meant(rules: Collection[Ready], values: Mapping[str, Any]) -> Iterator[Ready]:
    """Rules for this purpose and channel."""
    for each in rules:
        purposes, channels = each.rule.purposes, each.rule.channels
        if (not purposes or values["purpose"] in purposes) and (not channels or values["channel"] in channels):
            yield each


def _judged(
    findings: list[Answer], on: LimitsOn, subject: Subject
) -> tuple[list[Answer], VerdictKind, datetime | None]:
    verdict: VerdictKind = findings[0].verdict if findings else "allow"
    if verdict != "defer":
        return findings, verdict, None
    wanted = [found.until for found in findings if found.until is not None]
    until = settle(max(wanted), on=on, zone=subject.zone, past=subject.past) if wanted else None
    if until is None:
        never = hold("core.contact_window", "core.no_moment", _NO_MOMENT)
        return [never, *findings], "hold", None
    return findings, "defer", until


def _core(values: Mapping[str, Any]) -> Iterator[Asked]:
    for rule in core_rules.CORE_RULES:
        reason = rule.decide(values)
        found = None
        if reason is not None:
            found = Answer(
                rule=rule.key, verdict=reason.verdict, code=reason.code, text=reason.text, citation=rule.citation
            )
        yield Asked(rule.key, core_rules.VERSION, found)


def _hours(limits: Limits, subject: Subject, on: LimitsOn) -> Iterator[Asked]:
    windows = limits.windows
    if not windows:
        return
    key = core_rules.WINDOW
    closed = [window for window in windows if not window.allows(subject.at, subject.zone)]
    shown = closed or list(windows)
    hours = "、".join(dict.fromkeys(f"{each.start:%H:%M}–{each.end:%H:%M}" for each in shown))
    used = {name: parameter for window in shown for name, parameter in window.parameters}
    cited = _cited(list(used.values()))
    if not closed:
        text = {
            "zh-CN": f"在联络时段 {hours} 内（客户当地时间）。",
            "en": f"Within contact hours {hours}, customer's local time.",
        }
        found = Answer(rule=key, verdict="allow", code="core.in_hours", text=text, citation=cited, parameters=used)
    else:
        text = {
            "zh-CN": f"不在联络时段 {hours} 内（客户当地时间）。",
            "en": f"Outside contact hours {hours}, customer's local time.",
        }
        until = settle(subject.at, on=on, zone=subject.zone)
        found = Answer(
            rule=key,
            verdict="defer",
            code="core.outside_hours",
            text=text,
            citation=cited,
            parameters=used,
            until=until,
        )
    yield Asked(key, core_rules.VERSION, found)


def _budget(limits: Limits, subject: Subject, on: LimitsOn) -> Iterator[Asked]:
    if not limits.budgets:
        return
    spent = limits.spent(subject.at, subject.zone, subject.past)
    found = _over(spent, subject, on) if spent else None
    yield Asked(core_rules.BUDGET, core_rules.VERSION, found)


def _over(spent: Sequence[Budget], subject: Subject, on: LimitsOn) -> Answer:
    used = dict(each.parameter for each in spent)
    zh = "，".join(_said_of(each, subject, subject.zone)["zh-CN"] for each in spent)
    en = ", ".join(_said_of(each, subject, subject.zone)["en"] for each in spent)
    return Answer(
        rule=core_rules.BUDGET,
        verdict="defer",
        code="core.over_budget",
        text={"zh-CN": f"联络次数已达上限：{zh}。", "en": f"Contacted often enough: {en}."},
        citation=_cited(list(used.values())),
        parameters=used,
        until=settle(subject.at, on=on, zone=subject.zone, past=subject.past),
    )


def _said_of(budget: Budget, subject: Subject, zone: ZoneInfo) -> Label:
    count, limit = budget.used(subject.at, zone, subject.past), budget.limit
    zh, en = _SPANS[budget.span]
    return {"zh-CN": f"{zh} {count} 次，上限 {limit} 次", "en": f"{count} {en}, at most {limit}"}


_SPANS = {"day": ("今天", "today"), "week": ("近 7 天", "in 7 days"), "30d": ("近 30 天", "in 30 days")}


def _cited(used: Sequence[Any]) -> str:
    return "；".join(dict.fromkeys(each.source for each in used))


_NO_MOMENT: Label = {
    "zh-CN": "联络时段与次数上限没有共同允许的时刻，请先由规则管理员处理。",
    "en": "Contact hours and budgets leave no moment for this contact. Whoever keeps the rules must look.",
}
