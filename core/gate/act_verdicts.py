"""From the subject of an act to a verdict: only verticals' rules are asked. The core has its own checks of acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.gate.act_subject import ActSubject
from core.gate.answers import Answer, Asked, Outcome, ask, shadowed, strictest_first, what_was_said
from core.gate.prepared import Panel, Ready, prepared
from core.plugin.catalog import CatalogView


def evaluate_act(subject: ActSubject, *, view: CatalogView, rules: Sequence[Ready]) -> Outcome:
    """The outcome for one subject. Pure: the same subject, view and rules always give the same."""
    today = subject.values["local_date"]
    panel = Panel.of(rules, numbers=prepared(view).numbers(subject.places, today))
    asked = list(_lifted(ask(panel, subject), subject.approved))
    findings = strictest_first(asked)
    verdict = findings[0].verdict if findings else "allow"
    ends = [found.until for found in findings if found.until is not None]
    return Outcome(
        verdict=verdict,
        until=max(ends) if verdict == "defer" and ends else None,
        findings=findings,
        rules={**panel.silent, **what_was_said(asked)},
        shadow=shadowed(asked),
    )


def _lifted(asked: Iterator[Asked], approved: Mapping[str, Any] | None) -> Iterator[Asked]:
    """A hold that a second person has lifted only warns, so that it stays to be read."""
    lifted = frozenset(approved["rules"]) if approved else frozenset()
    for each in asked:
        answer: Answer | None = each.answer
        if answer is not None and answer.verdict == "hold" and each.rule in lifted:
            answer = replace(answer, verdict="warn")
        yield each._replace(answer=answer)
