"""What the gate found, refused and settled, told on the customer's timeline: the gate lies below it, so these are handlers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import N_
from core.events import bus
from core.gate.events import FindingRaised, FindingSettled, GateDecided
from core.gate.models import Finding, GateDecision
from core.timeline import service as timeline


def subscribe() -> None:
    """Let the handlers be told (at boot)."""
    bus.subscribe(GateDecided, note_refused)
    bus.subscribe(FindingRaised, note_finding)
    bus.subscribe(FindingSettled, note_settled)


TONES = {"low": "info", "medium": "warn", "high": "bad"}


def note_finding(session: Session, event: FindingRaised) -> None:
    if event.customer_id is None:
        return
    reason = session.scalar(select(Finding.reason).where(Finding.id == event.subject)) or {}
    timeline.tell(
        session,
        context=event.context,
        customer_id=event.customer_id,
        kind="finding.raised",
        message=N_("Finding %(number)s: %(text)s"),
        values={"number": str(event.number), "text": reason.get("text") or event.rule},
        tone=TONES[event.severity],
        icon="alert",
        subject=("finding", event.subject),
        occurred_at=event.occurred_at,
    )


def note_settled(session: Session, event: FindingSettled) -> None:
    """The note itself is read on the finding."""
    if event.customer_id is None:
        return
    by_rule, by_person = N_("Finding %(number)s no longer holds"), N_("Finding %(number)s settled")
    timeline.tell(
        session,
        context=event.context,
        customer_id=event.customer_id,
        kind="finding.settled",
        message=by_rule if event.by_rule else by_person,
        values={"number": str(event.number)},
        tone="ok",
        icon="ok",
        subject=("finding", event.subject),
        occurred_at=event.occurred_at,
    )


def note_refused(session: Session, event: GateDecided) -> None:
    """An act of a case or record that the gate refused. What it allowed is told by the act itself."""
    if event.customer_id is None or event.purpose is not None or event.verdict not in _REFUSED:
        return
    if event.action == "record_watch":
        return
    decision = session.get(GateDecision, (event.context.tenant_id, event.subject))
    reasons = decision.reasons if decision is not None else [{}]
    timeline.tell(
        session,
        context=event.context,
        customer_id=event.customer_id,
        kind="gate.decided",
        message=_REFUSED[event.verdict],
        values={"text": reasons[0].get("text")},
        tone="bad" if event.verdict == "deny" else "warn",
        icon="stop" if event.verdict == "deny" else "pause",
        subject=("case", event.case_id) if event.case_id else ("record", event.record_id) if event.record_id else None,
        occurred_at=event.occurred_at,
    )


_REFUSED = {
    "deny": N_("Gate: not allowed; %(text)s"),
    "hold": N_("Gate: held; %(text)s"),
    "defer": N_("Gate: not yet; %(text)s"),
}
