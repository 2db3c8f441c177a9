"""Findings: raised once per rule and subject, kept while they hold, settled by the rule or by a person with a note.

1. A watching rule (`acts.watch`) or a feature above (`raise_finding`) opens one; of one rule and subject one is open.
2. What is found again is kept; its reason is that of today.  3. A rule that does not hold any longer settles its own.
4. A person settles with a note that says what was done. Both are told as events, on the timeline and in the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, Invalid, NotFound, Stale
from core.events import bus
from core.gate.answers import Answer
from core.gate.events import FindingRaised, FindingSettled
from core.gate.models import Finding
from core.plugin import Rule

Severity = Literal["low", "medium", "high"]
NOTE_LIMIT = 2000


@dataclass(frozen=True, kw_only=True)
class About:
    """What is looked at: `("record", id)`, its customer, and the case it came up in."""

    subject: tuple[str, UUID]
    customer_id: UUID | None = None
    case_id: UUID | None = None


def raise_finding(
    session: Session,
    *,
    context: Context,
    rule: str,
    severity: Severity,
    subject: tuple[str, UUID],
    customer_id: UUID | None,
    reason: Mapping[str, Any],
    case_id: UUID | None = None,
    decision_id: UUID | None = None,
    opens: str | None = None,
) -> Finding | None:
    """The open finding of the rule on the subject: a new one, or the one that is there already.

    `reason` is `{"text": Label, "citation", "parameters"}`. None: the one that is open may not be seen here, or a provider
    found it on what no customer holds, which the client's own session will find.
    """
    kept = session.scalar(
        select(Finding).where(Finding.rule == rule, Finding.subject_id == subject[1], Finding.state == "open")
    )
    if kept is not None or (_bounded(context) and customer_id is None):
        return kept
    about = About(subject=subject, customer_id=customer_id, case_id=case_id)
    return _open(
        session, context=context, rule=rule, severity=severity, about=about, reason=reason, decision_id=decision_id,
        opens=opens,
    )  # fmt: skip


def _open(
    session: Session,
    *,
    context: Context,
    rule: str,
    severity: Severity,
    about: About,
    reason: Mapping[str, Any],
    decision_id: UUID | None,
    opens: str | None,
) -> Finding | None:
    kind, subject_id = about.subject
    finding = Finding(
        number=func.next_number("finding", 1),
        rule=rule,
        severity=severity,
        subject_type=kind,
        subject_id=subject_id,
        customer_id=about.customer_id,
        case_id=about.case_id,
        engagement_id=context.engagement_id,
        decision_id=decision_id,
        reason={"text": {}, "citation": "", "parameters": {}, **reason},
        state="open",
    )
    try:
        with session.begin_nested():
            session.add(finding)
    except IntegrityError as error:
        if "uq_finding_open" in str(error.orig):  # found by somebody else at the same time, or not to be seen here
            return None
        raise
    _note(session, context, finding, "finding.raised")
    event = FindingRaised(
        context=context, subject=finding.id, number=finding.number, rule=rule, severity=severity, about_type=kind,
        about_id=subject_id, customer_id=about.customer_id, opens=opens,
    )  # fmt: skip
    bus.emit(session, event)
    return finding


def follow(
    session: Session,
    *,
    context: Context,
    rules: Mapping[str, Rule],
    answers: Sequence[Answer],
    about: About,
    evidence: Callable[[], UUID],
) -> list[Finding]:
    """Bring the findings of the rules on a subject in line with what they say now. `evidence` stores what they rest on."""
    said = {each.rule: each for each in answers if each.verdict != "allow" and each.rule in rules}
    kept = _open_ones(session, about=about, rules=rules)
    for key, finding in kept.items():
        if _bounded(context):
            continue
        if key not in said:
            _close(session, context=context, finding=finding, note=None)
        elif finding.reason != _reason(said[key]):
            finding.reason = _reason(said[key])
    standing = [finding for finding in kept.values() if finding.state == "open"]
    new = [each for key, each in said.items() if key not in kept]
    if not new or (_bounded(context) and about.customer_id is None):
        return standing
    decision_id = evidence()
    for answer in new:
        rule = rules[answer.rule]
        found = _open(
            session, context=context, rule=answer.rule, severity=rule.severity, about=about, reason=_reason(answer),
            decision_id=decision_id, opens=_opens(answer.rule, rule),
        )  # fmt: skip
        standing += [found] if found is not None else []
    return standing


def _bounded(context: Context) -> bool:
    """Whether the database holds this session to an engagement, also where a step of its case acts as the system."""
    return context.engagement_id is not None


def _opens(key: str, rule: Rule) -> str | None:
    if rule.opens is None or "." in rule.opens:
        return rule.opens
    return f"{key.partition('.')[0]}.{rule.opens}"


def _open_ones(session: Session, *, about: About, rules: Mapping[str, Rule]) -> dict[str, Finding]:
    rows = session.scalars(
        select(Finding).where(
            Finding.subject_id == about.subject[1], Finding.rule.in_(list(rules)), Finding.state == "open"
        )
    )
    return {row.rule: row for row in rows}


def _reason(answer: Answer) -> dict[str, Any]:
    stored = answer.stored()
    return {name: stored[name] for name in ("text", "citation", "parameters", "code")}


def settle(session: Session, *, context: Context, finding_id: UUID, version: int, note: str) -> Finding:
    """Close a finding with a note. Raises NotFound, Stale, Conflict (settled already) and Invalid (no note)."""
    finding = session.scalar(
        select(Finding).where(Finding.id == finding_id).with_for_update().execution_options(populate_existing=True)
    )
    if finding is None:
        raise NotFound
    if finding.state != "open":
        raise Conflict(N_("This finding is settled already."))
    if finding.version != version:
        raise Stale
    words = note.strip()
    if not words:
        raise Invalid(N_("Say what was done about it."), field="note")
    if len(words) > NOTE_LIMIT:
        raise Invalid(N_("At most %(limit)s characters."), field="note", limit=NOTE_LIMIT)
    _close(session, context=context, finding=finding, note=words)
    return finding


def _close(session: Session, *, context: Context, finding: Finding, note: str | None) -> None:
    """Without a note it is the rule that settles: it does not hold any longer."""
    finding.state, finding.settled_at, finding.note = "settled", datetime.now(UTC), note
    finding.settled_by = context.participant_id if note is not None else None
    session.flush()
    _note(session, context, finding, "finding.settled")
    event = FindingSettled(
        context=context, subject=finding.id, fields=["state"], number=finding.number, rule=finding.rule,
        about_type=finding.subject_type, about_id=finding.subject_id, customer_id=finding.customer_id,
        by_rule=note is None,
    )  # fmt: skip
    bus.emit(session, event)


def _note(session: Session, context: Context, finding: Finding, action: str) -> None:
    details = {"rule": finding.rule, "about": finding.subject_type, "about_id": str(finding.subject_id)}
    audit.append(session, context=context, action=action, subject=("finding", finding.id), details=details)
