"""Decide whether a contact may happen, store the decision, and tell it. The verdict is a value: a deny commits.

1. facts from the sources that features above registered  2. the subject  3. every rule's answer  4. the decision,
stored whole: reasons, the facts they rest on, the versions of the rules. It is good for one act within `VALID_FOR`.
Acts of cases and records are decided in `acts.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.context import Context
from core.errors import N_, Invalid, NotFound
from core.gate import act_subject, exports, reveals
from core.gate import subject as subjects
from core.gate.act_verdicts import evaluate_act
from core.gate.answers import ALLOWING, Outcome
from core.gate.facts import CHANNELS, PURPOSES, Question, gather
from core.gate.models import GateDecision
from core.gate.prepared import Ready, prepared
from core.gate.storing import opened, store, values_of
from core.gate.verdicts import evaluate
from core.plugin import Action
from core.plugin.catalog import CatalogView

VALID_FOR = timedelta(minutes=15)
"""How long an allowance stands. Facts change: what happens later needs a new decision."""


def decide(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    action: Action = "outbound_contact",
    customer_id: UUID,
    purpose: str,
    channel: str,
    at: datetime | None = None,
) -> GateDecision:
    """The stored decision on one contact. `at` is the moment asked about, now if not given.

    Raises Invalid for an unknown purpose or channel, NotFound for a customer that is absent or not leased.
    """
    if purpose not in PURPOSES:
        raise Invalid(N_("Choose what the contact is about."), field="purpose")
    if channel not in CHANNELS:
        raise Invalid(N_("Choose a channel."), field="channel")
    moment = at.astimezone(UTC) if at is not None else datetime.now(UTC)
    question = Question(
        context=context, view=view, customer_ids=[customer_id], purpose=purpose, channel=channel, at=moment
    )
    facts = gather(session, question).get(customer_id)
    if facts is None:
        raise NotFound
    subject = subjects.from_facts(facts, question)
    outcome = evaluate(subject, view=view, action=action, country=context.country)
    kept = subjects.kept(subject, view=view, data_key=facts.get("data_key"), question=question)
    values = values_of(
        outcome,
        context=context,
        action=action,
        subject=kept | {"place": context.country},
        at=moment,
        valid_until=_valid_until(subject, outcome),
    )
    about = {"customer_id": customer_id, "purpose": purpose, "channel": channel}
    return store(session, context=context, values={**values, **about})


def _valid_until(subject: subjects.Subject, outcome: Outcome) -> datetime:
    """An allowance ends with the contact hours and with the lease, if these end first."""
    ends = [subject.at + VALID_FOR]
    if outcome.verdict in ALLOWING:
        ends += [moment for moment in (outcome.closes, subject.values["leased_until"]) if moment is not None]
    return min(ends)


def replay(decision: GateDecision, *, view: CatalogView, data_key: bytes | None = None) -> Outcome:
    """The outcome of the decision's own facts under the rules that were asked then: the same verdict, while they are the same.

    Personal attributes are sealed under the customer's data key; without it they are missing.
    """
    return replay_stored(decision, view=view, data_key=data_key, rules=_asked_then(decision, view))


def replay_stored(decision: Any, *, view: CatalogView, data_key: bytes | None, rules: list[Ready]) -> Outcome:
    """The outcome of a decision's facts under the given rules. `decision` is the row, or its columns."""
    kept, action = decision.subject, decision.action
    if action == exports.ACTION:
        return exports.replayed(decision, rules=rules)
    personal = opened(kept, tenant_id=decision.tenant_id, data_key=data_key)
    if action in act_subject.ACTIONS:
        return evaluate_act(act_subject.from_kept(kept, personal=personal), view=view, rules=rules)
    subject = subjects.from_kept(kept, personal=personal)
    if "checked" in kept:
        return reveals.replayed(kept, subject, view=view, rules=rules)
    return evaluate(subject, view=view, action=action, country=kept["place"], rules=rules)


def _asked_then(decision: GateDecision, view: CatalogView) -> list[Ready]:
    """The verticals' rules that were asked, in the mode they had. One that is declared no more is left out."""
    known = view.all_rules()
    return [
        prepared(view).rule(key).in_mode(said.get("mode", "on")) for key, said in decision.rules.items() if key in known
    ]


def still_possible(kept: Mapping[str, Any], *, view: CatalogView, action: Action = "outbound_contact") -> list[str]:
    """The purposes for which the same facts would have allowed the contact. `kept` is a decision's stored subject."""
    found = []
    for purpose in PURPOSES:
        if purpose != kept["purpose"]:
            subject = subjects.from_kept({**kept, "purpose": purpose})
            if evaluate(subject, view=view, action=action, country=kept["place"]).verdict in ALLOWING:
                found.append(purpose)
    return found
