"""Decide whether an act may happen, store the decision, and tell it. The verdict is a value: a deny commits.

1. facts from the sources that features above registered  2. the subject  3. every rule's answer  4. the decision,
stored whole: reasons, the facts they rest on, the versions of the rules. It is good for one act within `VALID_FOR`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func
from sqlalchemy.orm import Session

from core.audit import keys
from core.audit import service as audit
from core.context import Context
from core.errors import N_, Invalid, NotFound
from core.events import bus
from core.gate import subject as subjects
from core.gate.answers import ALLOWING, Outcome
from core.gate.events import GateDecided
from core.gate.facts import CHANNELS, PURPOSES, Question, gather
from core.gate.models import GateDecision
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
    decision = GateDecision(
        number=func.next_number("gate_decision", 1),
        customer_id=customer_id,
        action=action,
        purpose=purpose,
        channel=channel,
        verdict=outcome.verdict,
        until=outcome.until,
        reasons=[found.stored() for found in outcome.findings],
        subject=subjects.kept(subject, view=view, data_key=facts.get("data_key"), question=question)
        | {"place": context.country},
        rules={name: dict(said) for name, said in outcome.rules.items()},
        decided_at=moment,
        valid_until=_valid_until(subject, outcome),
        party=context.party,
        participant_id=context.participant_id,
        engagement_id=context.engagement_id,
    )
    session.add(decision)
    session.flush()
    _tell(session, context, decision, question, customer_id)
    return decision


def _valid_until(subject: subjects.Subject, outcome: Outcome) -> datetime:
    """An allowance ends with the contact hours and with the lease, if these end first."""
    ends = [subject.at + VALID_FOR]
    if outcome.verdict in ALLOWING:
        ends += [moment for moment in (outcome.closes, subject.values["leased_until"]) if moment is not None]
    return min(ends)


def _tell(session: Session, context: Context, decision: GateDecision, question: Question, customer_id: UUID) -> None:
    audit.append(
        session,
        context=context,
        action="gate.decided",
        subject=("gate_decision", decision.id),
        details={
            "verdict": decision.verdict,
            "purpose": question.purpose,
            "channel": question.channel,
            "customer_id": str(customer_id),
        },
    )
    event = GateDecided(
        context=context,
        subject=decision.id,
        customer_id=customer_id,
        number=decision.number,
        action=decision.action,
        purpose=question.purpose,
        channel=question.channel,
        verdict=decision.verdict,
        occurred_at=min(decision.decided_at, datetime.now(UTC)),
    )
    bus.emit(session, event)


def replay(decision: GateDecision, *, view: CatalogView, data_key: bytes | None = None) -> Outcome:
    """The outcome of the decision's own facts under the view's rules: the same verdict, while the rules are the same.

    Personal attributes are sealed under the customer's data key; without it they are missing.
    """
    action: Any = decision.action
    subject = subjects.from_kept(decision.subject, personal=_opened(decision, data_key))
    return evaluate(subject, view=view, action=action, country=decision.subject["place"])


def still_possible(kept: Mapping[str, Any], *, view: CatalogView, action: Action = "outbound_contact") -> list[str]:
    """The purposes for which the same facts would have allowed the contact. `kept` is a decision's stored subject."""
    found = []
    for purpose in PURPOSES:
        if purpose != kept["purpose"]:
            subject = subjects.from_kept({**kept, "purpose": purpose})
            if evaluate(subject, view=view, action=action, country=kept["place"]).verdict in ALLOWING:
                found.append(purpose)
    return found


def _opened(decision: GateDecision, data_key: bytes | None) -> Mapping[str, Any]:
    sealed = decision.subject.get("sealed")
    if sealed is None or data_key is None:
        return {}
    clear = keys.decrypt(bytes.fromhex(sealed), data_key=data_key, tenant_id=decision.tenant_id)
    opened: Mapping[str, Any] = orjson.loads(clear)
    return opened
