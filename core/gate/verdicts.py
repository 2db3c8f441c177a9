"""From a subject to a verdict: every rule is asked, the strictest answer wins, and each answer says why.

1. The core's rules, then the contact hours, then the enabled verticals' rules for the action, purpose and channel.
2. deny > hold > defer > warn > allow. A vertical can tighten, never loosen: its `allow` is only a remark.
3. A rule that raises, or whose parameter is not in force, does not pass: it holds.
4. A deferral ends at the latest moment any rule asked for, moved on to where the contact hours are open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from core.conditions import Predicate, compile_predicate, fields_of
from core.fields import FieldSet
from core.gate import rules as core_rules
from core.gate.subject import CORE_TYPES, Subject
from core.gate.windows import Window, settle, windows_for
from core.parameters.queries import resolve
from core.plugin import Action, Label, Parameter, Reason, Rule, VerdictKind, guard
from core.plugin.catalog import CatalogView

STRICTNESS: Mapping[str, int] = {"allow": 0, "warn": 1, "defer": 2, "hold": 3, "deny": 4}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One rule's answer. `parameters` are those it used, by qualified key."""

    rule: str
    verdict: VerdictKind
    code: str
    text: Label
    citation: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    until: datetime | None = None

    def stored(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "verdict": self.verdict,
            "code": self.code,
            "text": dict(self.text),
            "citation": self.citation,
            "until": self.until.isoformat() if self.until else None,
            "parameters": {name: _told(parameter) for name, parameter in self.parameters.items()},
        }


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`rules` says of every rule that was asked which version it had and what it said."""

    verdict: VerdictKind
    until: datetime | None
    findings: Sequence[Finding]
    rules: Mapping[str, Mapping[str, str]]
    closes: datetime | None
    """When the contact hours end; an allowance is not valid beyond."""


class Asked(NamedTuple):
    rule: str
    version: str
    finding: Finding | None


def evaluate(subject: Subject, *, view: CatalogView, action: Action, country: str) -> Outcome:
    """The outcome for one subject. Pure: the same subject, view and country always give the same."""
    values = subject.values
    places = (values["customer"]["country"], country)
    on = subject.at.astimezone(subject.zone).date()
    windows = windows_for(view, purpose=values["purpose"], channel=values["channel"], jurisdictions=places, on=on)
    asked = [*_core(values), *_hours(windows, subject), *_verticals(subject, view=view, action=action, places=places)]
    findings = sorted(
        (each.finding for each in asked if each.finding is not None), key=lambda found: -STRICTNESS[found.verdict]
    )
    findings, verdict, until = _judged(findings, windows, subject)
    said = {each.rule: (each.version, each.finding.verdict if each.finding else "allow") for each in asked}
    return Outcome(
        verdict=verdict,
        until=until,
        findings=findings,
        rules={name: {"version": version, "verdict": what} for name, (version, what) in said.items()},
        closes=min((window.closes(subject.at, subject.zone) for window in windows), default=None),
    )


def _judged(
    findings: list[Finding], windows: Sequence[Window], subject: Subject
) -> tuple[list[Finding], VerdictKind, datetime | None]:
    verdict: VerdictKind = findings[0].verdict if findings else "allow"
    if verdict != "defer":
        return findings, verdict, None
    wanted = [found.until for found in findings if found.until is not None]
    until = settle(max(wanted), windows, subject.zone) if wanted else None
    if until is None:
        never = _hold("core.contact_window", "core.no_moment", _NO_MOMENT)
        return [never, *findings], "hold", None
    return findings, "defer", until


def _core(values: Mapping[str, Any]) -> Iterator[Asked]:
    for rule in core_rules.CORE_RULES:
        reason = rule.decide(values)
        found = None
        if reason is not None:
            found = Finding(
                rule=rule.key, verdict=reason.verdict, code=reason.code, text=reason.text, citation=rule.citation
            )
        yield Asked(rule.key, core_rules.VERSION, found)


def _hours(windows: Sequence[Window], subject: Subject) -> Iterator[Asked]:
    if not windows:
        return
    key = core_rules.WINDOW
    closed = [window for window in windows if not window.allows(subject.at, subject.zone)]
    shown = closed or list(windows)
    hours = "、".join(dict.fromkeys(f"{each.start:%H:%M}–{each.end:%H:%M}" for each in shown))
    used = {name: parameter for window in shown for name, parameter in window.parameters}
    cited = "；".join(dict.fromkeys(f"{each.source_title} {each.source_article}" for each in used.values()))
    if not closed:
        text = {
            "zh-CN": f"在联络时段 {hours} 内（客户当地时间）。",
            "en": f"Within contact hours {hours}, customer's local time.",
        }
        found = Finding(rule=key, verdict="allow", code="core.in_hours", text=text, citation=cited, parameters=used)
    else:
        text = {
            "zh-CN": f"不在联络时段 {hours} 内（客户当地时间）。",
            "en": f"Outside contact hours {hours}, customer's local time.",
        }
        until = settle(subject.at, windows, subject.zone)
        found = Finding(
            rule=key,
            verdict="defer",
            code="core.outside_hours",
            text=text,
            citation=cited,
            parameters=used,
            until=until,
        )
    yield Asked(key, core_rules.VERSION, found)


def _verticals(subject: Subject, *, view: CatalogView, action: Action, places: Sequence[str | None]) -> Iterator[Asked]:
    purpose, channel = subject.values["purpose"], subject.values["channel"]
    on = subject.at.astimezone(subject.zone).date()
    flat: dict[str, Any] | None = None
    for key, rule, holds in prepared(view, action):
        if (rule.purposes and purpose not in rule.purposes) or (rule.channels and channel not in rule.channels):
            continue
        owner = key.partition(".")[0]
        version = view.verticals[owner].version
        try:
            used = {name: resolve(view, key=f"{owner}.{name}", jurisdictions=places, on=on) for name in rule.parameters}
        except LookupError:
            yield Asked(key, version, _hold(key, "core.parameter_missing", _NO_PARAMETER, rule.citation))
            continue
        if holds is not None:
            flat = subject.flat() if flat is None else flat
            yield Asked(key, version, _of_condition(key, rule, holds, subject, flat, used))
        else:
            yield Asked(key, version, _of_function(key, rule, subject, used))


@lru_cache(maxsize=256)
def prepared(view: CatalogView, action: Action) -> tuple[tuple[str, Rule, Predicate | None], ...]:
    """A view's rules for an action with their conditions compiled. Raises ConditionError; boot has asked before."""
    types = {**FieldSet.of(view).types(), **CORE_TYPES}
    return tuple(
        (key, rule, compile_predicate(rule.when, types=types) if rule.when is not None else None)
        for key, rule in view.rules(action).items()
    )


def _of_condition(
    key: str,
    rule: Rule,
    holds: Predicate,
    subject: Subject,
    flat: Mapping[str, Any],
    used: Mapping[str, Parameter],
) -> Finding | None:
    subject.read.update(fields_of(rule.when))
    if not holds(flat):
        return None
    return Finding(
        rule=key,
        verdict=rule.verdict,
        code=key,
        text=rule.reason or rule.label,
        citation=rule.citation,
        parameters=_qualified(key, rule.parameters, used),
    )


def _of_function(key: str, rule: Rule, subject: Subject, used: Mapping[str, Parameter]) -> Finding | None:
    values = {name: parameter.value for name, parameter in used.items()}
    outcome = guard.decide(rule, subject.values, parameters=values, declared=key)
    if outcome.failure is not None:
        return _hold(key, "core.rule_failed", _FAILED, rule.citation)
    reason = outcome.value
    if reason is None:
        return None
    problem = _unusable(reason, used)
    if problem:
        return _hold(key, "core.rule_failed", _FAILED, rule.citation)
    return Finding(
        rule=key,
        verdict=reason.verdict,
        code=reason.code,
        text=reason.text,
        citation=rule.citation,
        parameters=_qualified(key, reason.parameters, used),
        until=reason.until.astimezone(UTC) if reason.verdict == "defer" else None,
    )


def _unusable(reason: Reason, used: Mapping[str, Parameter]) -> bool:
    if reason.verdict not in STRICTNESS or any(name not in used for name in reason.parameters):
        return True
    late = isinstance(reason.until, datetime) and reason.until.tzinfo is not None
    return reason.verdict == "defer" and not late


def _qualified(key: str, names: Iterable[str], used: Mapping[str, Parameter]) -> dict[str, Parameter]:
    owner = key.partition(".")[0]
    return {f"{owner}.{name}": used[name] for name in names}


def _hold(rule: str, code: str, text: Label, citation: str = "") -> Finding:
    return Finding(rule=rule, verdict="hold", code=code, text=text, citation=citation)


_FAILED: Label = {
    "zh-CN": "这条规则无法判断，请先由规则管理员处理，再行联络。",
    "en": "This rule could not be evaluated. Whoever keeps the rules must look before anybody makes contact.",
}
_NO_PARAMETER: Label = {
    "zh-CN": "这条规则所需的参数在当地没有现行数值，请先补上。",
    "en": "A parameter of this rule has no value in force here. It must be set first.",
}
_NO_MOMENT: Label = {
    "zh-CN": "各项联络时段没有共同的时刻，请先由规则管理员处理。",
    "en": "The contact hours that apply have no moment in common. Whoever keeps the rules must look.",
}


def _told(parameter: Parameter) -> dict[str, Any]:
    return {
        "value": str(parameter.value),
        "unit": parameter.unit,
        "jurisdiction": parameter.jurisdiction,
        "effective_from": parameter.effective_from.isoformat(),
        "source_title": parameter.source_title,
        "source_article": parameter.source_article,
        "verified": parameter.verified,
        "label": dict(parameter.label),
    }
