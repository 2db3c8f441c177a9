"""The gate before a masked value is shown: the core's checks of the act, then the rules of verticals on `reveal`.

1. Whoever shows values has looked at what only they know (grant, open work, quota) and hands over the answers.
2. The customer's facts are gathered as for a contact; the verticals' rules on `reveal` are asked; the strictest wins.
3. The decision is stored with what it rests on: the answers handed over are kept in its subject, so that it replays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.context import Context
from core.errors import NotFound
from core.gate import subject as subjects
from core.gate.acts import asked_by
from core.gate.answers import (
    Answer,
    Asked,
    Outcome,
    ask,
    kept_check,
    read_check,
    shadowed,
    strictest_first,
    what_was_said,
)
from core.gate.facts import Question, gather
from core.gate.models import GateDecision
from core.gate.prepared import Panel, Ready, prepared
from core.gate.storing import store, values_of
from core.gate.subject import Subject
from core.plugin import Action
from core.plugin.catalog import CatalogView

ACTION: Action = "reveal"
VERSION = "1"


def decide_reveal(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    customer_id: UUID,
    purpose: str,
    answers: Mapping[str, Answer | None],
    besides: Mapping[str, UUID | None],
    at: datetime | None = None,
) -> GateDecision:
    """The stored decision. `answers` are the core's, by rule; `besides` are the case and record it is about.

    Raises NotFound for a customer that is absent or not leased.
    """
    question = Question(
        context=context,
        view=view,
        customer_ids=[customer_id],
        purpose=purpose,
        channel="phone",
        at=at or datetime.now(UTC),
    )
    facts = gather(session, question).get(customer_id)
    if facts is None:
        raise NotFound
    subject = subjects.from_facts(facts, question)
    checked = [Asked(rule, VERSION, answer) for rule, answer in answers.items()]
    outcome = judged(subject, view=view, checked=checked, country=context.country)
    kept = subjects.kept(subject, view=view, data_key=facts.get("data_key"), question=question)
    kept |= {"place": context.country, "checked": [kept_check(each) for each in checked]}
    values = values_of(
        outcome, context=context, action=ACTION, subject=kept, at=subject.at, valid_until=subject.at
    )  # fmt: skip
    about = {"customer_id": customer_id, **besides}  # no purpose: it is no contact, and serves as none
    decision = store(session, context=context, values={**values, **about})
    asked_by(decision, context)
    return decision


def judged(
    subject: Subject, *, view: CatalogView, checked: Sequence[Asked], country: str, rules: Sequence[Ready] | None = None
) -> Outcome:
    """Pure: the same subject, view and checks always give the same."""
    ready = prepared(view)
    places = (subject.values["customer"]["country"], country)
    today = subject.at.astimezone(subject.zone).date()
    chosen = ready.on(ACTION) if rules is None else rules
    panel = Panel.of(chosen, numbers=ready.numbers(places, today))
    asked = [*checked, *ask(panel, subject)]
    findings = strictest_first(asked)
    verdict = findings[0].verdict if findings else "allow"
    ends = [each.until for each in findings if each.until is not None]
    return Outcome(
        verdict=verdict,
        until=max(ends) if verdict == "defer" and ends else None,
        findings=findings,
        rules={**panel.silent, **what_was_said(asked)},
        shadow=shadowed(asked),
    )


def replayed(kept: Mapping[str, Any], subject: Subject, *, view: CatalogView, rules: Sequence[Ready]) -> Outcome:
    """The outcome of a kept decision: its own checks as they were answered, the rules asked anew."""
    checked = [read_check(each) for each in kept["checked"]]
    return judged(subject, view=view, checked=checked, country=kept["place"], rules=rules)
