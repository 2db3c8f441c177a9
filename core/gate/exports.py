"""The gate before rows leave as a file: the core's own checks, and that a second person decides.

1. Whoever exports has looked at what only they know (grant, rows, fields) and hands over the answers.  2. A rule of a vertical on
`export` asks about one customer and cannot be asked about thousands, so it does not pass: it holds, and the second person reads it.
3. The decision is stored with what it rests on, whatever it says: the answers handed over are kept in its subject, so that it
replays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from core.context import Context
from core.gate.acts import asked_by
from core.gate.answers import Answer, Asked, Outcome, kept_check, read_check, shadowed, strictest_first, what_was_said
from core.gate.models import GateDecision
from core.gate.prepared import Ready, prepared
from core.gate.storing import store, values_of
from core.plugin import Action
from core.plugin.catalog import CatalogView

ACTION: Action = "export"
VERSION = "1"
SECOND = "core.export_second_person"


def decide_export(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    purpose: str,
    answers: Mapping[str, Answer | None],
    about: Mapping[str, Any],
) -> GateDecision:
    """The stored decision. `answers` are the core's, by rule; `about` says what would leave: kinds, names of fields, a count."""
    checked = [Asked(rule, VERSION, answer) for rule, answer in answers.items()]
    outcome = _judged(checked, prepared(view).on(ACTION))
    now = datetime.now(UTC)
    subject = {
        "export": dict(about), "purpose": purpose, "place": context.country,
        "checked": [kept_check(each) for each in checked],
    }  # fmt: skip
    values = values_of(outcome, context=context, action=ACTION, subject=subject, at=now, valid_until=now)
    decision = store(session, context=context, values=values)
    asked_by(decision, context)
    return decision


def _judged(checked: Sequence[Asked], rules: Iterable[Ready]) -> Outcome:
    asked = [*checked, Asked(SECOND, VERSION, _second())]
    asked += [Asked(each.key, each.version, unaskable(each.key), each.mode) for each in rules]
    findings = strictest_first(asked)
    return Outcome(
        verdict=findings[0].verdict, until=None, findings=findings, rules=what_was_said(asked), shadow=shadowed(asked)
    )


def replayed(decision: Any, *, rules: Iterable[Ready]) -> Outcome:
    """The outcome of a kept decision: its checks as they were answered. Those of earlier days kept only what did not pass."""
    kept = decision.subject.get("checked")
    if kept is None:
        kept = [
            {"rule": said["rule"], "answer": said}
            for said in decision.reasons
            if said["rule"].startswith("core.") and said["rule"] != SECOND
        ]
    return _judged([read_check(each) for each in kept], rules)


def _second() -> Answer:
    return Answer(
        rule=SECOND, verdict="hold", code="core.export_second_person",
        text={"zh-CN": "导出须由另一人复核。", "en": "Another person decides on every export."},
        citation="个人信息保护法第五十一条",
    )  # fmt: skip


def unaskable(rule: str) -> Answer:
    """What a vertical's rule on exports says of each."""
    return Answer(
        rule=rule, verdict="hold", code="core.rule_failed",
        text={"zh-CN": "此规则只能就一位客户判断，无法用于整批导出。",
              "en": "This rule judges one customer and cannot be asked about many."},
    )  # fmt: skip
