"""A rule's answer, and the outcome of all of them: the strictest wins, and each says why.

1. deny > hold > defer > warn > allow. A vertical can tighten, never loosen: its `allow` is only a remark.
2. A rule that raises, or whose parameter is not in force, does not pass: it holds.
3. A rule in shadow is asked like any other; its answer is kept beside the outcome and changes nothing.
4. A rule is a pure function and cannot be stopped half way. One that takes longer than `SLOW_SECONDS` counts all the same,
   and the log names it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import structlog

from core.gate.prepared import Numbers, Panel, Ready, Used, said
from core.plugin import Label, Parameter, Reason, VerdictKind, guard

LOG = structlog.get_logger(__name__)
STRICTNESS: Mapping[str, int] = {"allow": 0, "warn": 1, "defer": 2, "hold": 3, "deny": 4}
ALLOWING = frozenset({"allow", "warn"})
SLOW_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one rule said. `parameters` are those it used, by qualified key."""

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
            "parameters": {name: told(parameter) for name, parameter in self.parameters.items()},
        }


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`rules` says of every rule that was asked which version it had and what it said; `shadow` what is without effect."""

    verdict: VerdictKind
    until: datetime | None
    findings: Sequence[Answer]
    rules: Mapping[str, Mapping[str, str]]
    closes: datetime | None = None
    """When the contact hours end; an allowance is not valid beyond."""
    shadow: Sequence[Answer] = ()

    def stored_shadow(self) -> dict[str, Any] | None:
        """What a decision keeps of it: what the verdict would have been with the rules in shadow, and their reasons."""
        if not self.shadow:
            return None
        strictest = max((self.verdict, *(each.verdict for each in self.shadow)), key=STRICTNESS.__getitem__)
        return {"verdict": strictest, "reasons": [each.stored() for each in self.shadow]}


class Asked(NamedTuple):
    rule: str
    version: str
    answer: Answer | None
    mode: str = "on"


def kept_check(each: Asked) -> dict[str, Any]:
    """A check of the core's own as a decision keeps it in its subject: its replay does not look again."""
    return {"rule": each.rule, "version": each.version, "answer": each.answer.stored() if each.answer else None}


def read_check(kept: Mapping[str, Any]) -> Asked:
    said, version = kept["answer"], kept.get("version", "1")
    if said is None:
        return Asked(kept["rule"], version, None)
    until = datetime.fromisoformat(said["until"]) if said["until"] else None
    answer = Answer(rule=said["rule"], verdict=said["verdict"], code=said["code"], text=said["text"],
                    citation=said["citation"], until=until)  # fmt: skip
    return Asked(kept["rule"], version, answer)


class Readable(Protocol):
    """What a rule is asked about: see `subject.py` and `act_subject.py`."""

    def flat(self, owner: str) -> Mapping[str, Any]:
        """For conditions of a vertical's rules."""

    def values_for(self, owner: str) -> Mapping[str, Any]:
        """For functions of a vertical's rules."""

    def note(self, panel: Panel) -> None:
        """The conditions of these rules are asked: they read what they name."""


def ask(panel: Panel, subject: Readable) -> Iterator[Asked]:
    """The answers of the rules that apply."""
    subject.note(panel)
    for each, used in panel.asked:
        if each.holds is not None and used is not None:
            answer = _of_condition(each, used) if each.holds(subject.flat(each.owner)) else None
        else:
            answer = _of_function(each, subject, used)
        if answer is not None:
            yield Asked(each.key, each.version, answer, each.mode)


def answer_of(each: Ready, subject: Readable, *, numbers: Numbers) -> Answer | None:
    """One rule's answer; None where it does not apply."""
    return next((found.answer for found in ask(Panel.of([each], numbers=numbers), subject)), None)


def _of_condition(each: Ready, used: Used) -> Answer:
    rule = each.rule
    return Answer(
        rule=each.key,
        verdict=rule.verdict,
        code=each.key,
        text=rule.reason or rule.label,
        citation=rule.citation,
        parameters=_qualified(each.owner, rule.parameters, used.parameters),
    )


def _of_function(each: Ready, subject: Readable, used: Used | None) -> Answer | None:
    if used is None:
        return hold(each.key, "core.parameter_missing", _NO_PARAMETER, each.rule.citation)
    if each.broken:
        return hold(each.key, "core.rule_failed", _FAILED, each.rule.citation)
    began = time.perf_counter()
    outcome = guard.decide(each.rule, subject.values_for(each.owner), parameters=used.values, declared=each.key)
    took = time.perf_counter() - began
    if took > SLOW_SECONDS:
        LOG.warning("a rule is slow", rule=each.key, seconds=round(took, 3))
    if outcome.failure is not None:
        return hold(each.key, "core.rule_failed", _FAILED, each.rule.citation)
    reason = outcome.value
    if reason is None:
        return None
    if _unusable(reason, used.parameters):
        return hold(each.key, "core.rule_failed", _FAILED, each.rule.citation)
    return Answer(
        rule=each.key,
        verdict=reason.verdict,
        code=reason.code,
        text=reason.text,
        citation=each.rule.citation,
        parameters=_qualified(each.owner, reason.parameters, used.parameters),
        until=reason.until.astimezone(UTC) if reason.verdict == "defer" else None,
    )


def _unusable(reason: Reason, used: Mapping[str, Parameter]) -> bool:
    if reason.verdict not in STRICTNESS or any(name not in used for name in reason.parameters):
        return True
    late = isinstance(reason.until, datetime) and reason.until.tzinfo is not None
    return reason.verdict == "defer" and not late


def _qualified(owner: str, names: Iterable[str], used: Mapping[str, Parameter]) -> dict[str, Parameter]:
    return {f"{owner}.{name}": used[name] for name in names}


def strictest_first(asked: Iterable[Asked]) -> list[Answer]:
    """The answers that count, the strictest first, those of one strictness in the order of asking."""
    said = (each.answer for each in asked if each.answer is not None and each.mode != "shadow")
    return sorted(said, key=lambda answer: -STRICTNESS[answer.verdict])


def shadowed(asked: Iterable[Asked]) -> list[Answer]:
    return [each.answer for each in asked if each.answer is not None and each.mode == "shadow"]


def what_was_said(asked: Iterable[Asked]) -> dict[str, Mapping[str, str]]:
    return {rule: said(version, answer.verdict if answer else "allow", mode) for rule, version, answer, mode in asked}


def hold(rule: str, code: str, text: Label, citation: str = "") -> Answer:
    return Answer(rule=rule, verdict="hold", code=code, text=text, citation=citation)


_FAILED: Label = {
    "zh-CN": "这条规则无法判断，请先由规则管理员处理。",
    "en": "This rule could not be evaluated. Whoever keeps the rules must look first.",
}
_NO_PARAMETER: Label = {
    "zh-CN": "这条规则所需的参数在当地没有现行数值，请先补上。",
    "en": "A parameter of this rule has no value in force here. It must be set first.",
}


def told(parameter: Parameter) -> dict[str, Any]:
    """A parameter as a reason keeps it."""
    return {
        "value": str(parameter.value),
        "unit": parameter.unit,
        "jurisdiction": parameter.jurisdiction,
        "effective_from": parameter.effective_from.isoformat(),
        "source_title": parameter.source_title,
        "source_article": parameter.source_article,
        "verified": parameter.verified,
        "set_by_tenant": parameter.set_by_tenant,
        "label": dict(parameter.label),
    }
