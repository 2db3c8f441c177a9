"""Show one masked value to one person for a minute, and keep who saw it; stop and release a grant.

1. The value is found as the person would find it.  2. Under a lock on the person the checks are answered (`checks.py`) and the
gate decides; a refusal keeps its decision.  3. The reveal is kept: row, trail, timeline, event. The value goes into none of
them: it is returned, and lives on one page until `until`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.engagements.models import DataGrant
from core.errors import N_, Conflict, Denied, FieldError, Invalid, NotFound
from core.events import bus
from core.gate.acts import GateRefused, refuse
from core.gate.facts import PURPOSES
from core.gate.models import GateDecision
from core.gate.reveals import decide_reveal
from core.identity.models import Participant
from core.plugin.catalog import CatalogView
from core.privacy import checks, policy, quota
from core.privacy.events import ValueRevealed
from core.privacy.models import GrantFreeze, RevealEvent
from core.privacy.numbers import number
from core.privacy.reasons import NEEDS_NOTE, REASONS
from core.privacy.targets import Target, target_of
from core.privacy.work import WorkItem, open_work
from core.timeline import service as timeline

NOTE_LIMIT = 500


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asks to see, and why. `work` is the id of a case or interaction; without it their newest one."""

    field: str
    reason: str
    note: str = ""
    customer_id: UUID | None = None
    record_id: UUID | None = None
    case_id: UUID | None = None
    work: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Revealed:
    """`value` in clear, for one page until `until`. `watermark` is drawn over it. `warnings` are of the gate."""

    id: UUID
    customer_id: UUID
    record_id: UUID | None
    case_id: UUID | None
    field: str
    label: str
    value: str
    shown_at: datetime
    until: datetime
    watermark: tuple[str, ...]
    seconds: int
    warnings: tuple[dict[str, Any], ...] = ()

    def __repr__(self) -> str:
        return f"Revealed({self.field}, {self.id})"


def reveal(
    session: Session, *, context: Context, view: CatalogView, wish: Wish, at: datetime | None = None
) -> Revealed:
    """`at` is when it is seen, now if not given.

    Raises NotFound (no such value for this reader), Invalid (reason, note, work, seen in clear anyway), GateRefused and GateDenied.
    """
    if not context.may(policy.MAKE) or context.participant_id is None:
        raise Denied(N_("Your role does not include this."))
    note = _checked(wish)
    target = target_of(
        session, context=context, view=view, customer_id=wish.customer_id, record_id=wish.record_id, field=wish.field,
        case_id=wish.case_id,
    )  # fmt: skip
    if target.policy == "clear":
        raise Invalid(N_("You see this value in clear already."), field="field")
    quota.lock_person(session, context.participant_id, act="reveal")
    now = at or datetime.now(UTC)
    work = _work(session, context=context, target=target, wanted=wish.work)
    decision = _decide(session, context=context, view=view, target=target, work=work, at=now)
    _refuse(decision, context=context, target=target)
    event = _keep(session, context=context, wish=wish, note=note, target=target, work=work, decision=decision, at=now)
    _tell(session, context=context, event=event, target=target)
    warnings = tuple(each for each in decision.reasons if each["verdict"] == "warn")
    return Revealed(
        id=event.id, customer_id=target.customer_id, record_id=target.record_id, case_id=target.case_id, field=target.field,
        label=target.label, value=target.text, shown_at=now, until=event.until, warnings=warnings,
        seconds=int((event.until - now).total_seconds()),
        watermark=tuple(each for each in (event.agent_no or event.shown_name, event.seat) if each),
    )  # fmt: skip


def _checked(wish: Wish) -> str | None:
    note = wish.note.strip()
    errors = []
    if wish.reason not in REASONS:
        errors.append(FieldError(field="reason", code="choice", message=N_("Choose why you need to see it.")))
    elif wish.reason in NEEDS_NOTE and not note:
        errors.append(FieldError(field="note", code="required", message=N_("Say in a few words what it is for.")))
    if len(note) > NOTE_LIMIT:
        message = N_("At most %(limit)s characters.")
        errors.append(FieldError(field="note", code="length", message=message, params={"limit": NOTE_LIMIT}))
    if errors:
        raise Invalid(errors=errors)
    return note or None


def _work(session: Session, *, context: Context, target: Target, wanted: UUID | None) -> WorkItem | None:
    found = open_work(session, context=context, customer_id=target.customer_id)
    if wanted is None:
        return found[0] if found else None
    named = next((each for each in found if each.id == wanted), None)
    if named is None and context.party != "provider":  # whose the gate refuses, which keeps that it was tried
        raise Invalid(N_("This is not open work of yours on this customer. Choose again."), field="work")
    return named


def _decide(
    session: Session, *, context: Context, view: CatalogView, target: Target, work: WorkItem | None, at: datetime
) -> GateDecision:
    spans = quota.spans(session, context=context, at=at)
    purpose = context.grant.purpose if context.grant is not None else ""
    return decide_reveal(
        session,
        context=context,
        view=view,
        customer_id=target.customer_id,
        purpose=purpose if purpose in PURPOSES else "service",
        answers=checks.answers(context, target=target, worked=work is not None, spans=spans),
        at=at,
        besides={"case_id": work.id if work and work.kind == "case" else None, "record_id": target.record_id},
    )


def _refuse(decision: GateDecision, *, context: Context, target: Target) -> None:
    """A refusal is evidence twice: the gate's decision, and in the trail what was asked for."""
    try:
        refuse(decision)
    except GateRefused as error:
        keep, verdict, codes = error.evidence, error.verdict, [each["code"] for each in error.reasons]

        def evidence(session: Session) -> None:
            if keep is not None:
                keep(session)
            audit.append(
                session, context=context, action="reveal.refused", subject=("customer", target.customer_id),
                fields=[target.field], details={"verdict": verdict, "codes": codes},
            )  # fmt: skip

        error.evidence = evidence
        raise


def _keep(
    session: Session,
    *,
    context: Context,
    wish: Wish,
    note: str | None,
    target: Target,
    work: WorkItem | None,
    decision: GateDecision,
    at: datetime,
) -> RevealEvent:
    who = session.execute(
        select(Participant.agent_no, Participant.shown_name).where(Participant.id == context.participant_id)
    ).one()
    event = RevealEvent(
        participant_id=context.participant_id,
        party="provider" if context.party == "provider" else "client",
        role=role_of(context),
        shown_name=who.shown_name,
        agent_no=who.agent_no,
        engagement_id=context.engagement_id,
        data_grant_id=context.grant.id if context.grant is not None else None,
        seat=context.seat.label if context.seat is not None else None,
        country=context.seat.country if context.seat is not None else None,
        customer_id=target.customer_id,
        record_id=target.record_id,
        of_case_id=target.case_id,
        case_id=work.id if work is not None and work.kind == "case" else None,
        interaction_id=work.id if work is not None and work.kind == "interaction" else None,
        field=target.field,
        sensitive=target.sensitive,
        reason=wish.reason,
        note=note,
        decision_id=decision.id,
        shown_at=at,
        until=at + timedelta(seconds=number("reveal_seconds", context=context)),
    )
    session.add(event)
    session.flush()
    return event


def role_of(context: Context) -> str:
    """The role by which a person is compared with others: the first of theirs."""
    return min(context.roles, default="")


def _tell(session: Session, *, context: Context, event: RevealEvent, target: Target) -> None:
    details = {"reveal_id": str(event.id), "reason": event.reason, "decision_id": str(event.decision_id)}
    if event.case_id is not None:
        details["case_id"] = str(event.case_id)
    subject = ("record", target.record_id) if target.record_id else ("customer", target.customer_id)
    if target.case_id is not None:
        subject = ("case", target.case_id)
    audit.append(
        session, context=context, action="value.revealed", subject=subject, fields=[target.field], details=details,
        customer_id=target.customer_id,
    )  # fmt: skip
    timeline.tell(
        session,
        context=context,
        customer_id=target.customer_id,
        kind="value.revealed",
        message=N_("Saw %(field)s in clear: %(reason)s"),
        values={"field": target.told, "reason": dict(REASONS[event.reason])},
        note=event.note,
        tone="warn",
        icon="eye",
        visibility="client",
        subject=("case", event.case_id) if event.case_id else None,
        occurred_at=event.shown_at,
    )
    bus.emit(
        session,
        ValueRevealed(
            context=context, subject=event.id, fields=[target.field], customer_id=target.customer_id,
            record_id=target.record_id, case_id=target.case_id,
        ),
    )  # fmt: skip


def freeze(session: Session, *, context: Context, data_grant_id: UUID, reason: str) -> GrantFreeze:
    """Stop all clear values and reveals of a grant at once. Raises Denied, NotFound, Invalid and Conflict (frozen already)."""
    words = _words(context, reason)
    engagement_id = session.scalar(select(DataGrant.engagement_id).where(DataGrant.id == data_grant_id))
    if engagement_id is None:
        raise NotFound
    row = GrantFreeze(
        data_grant_id=data_grant_id, engagement_id=engagement_id, reason=words, frozen_at=datetime.now(UTC),
        frozen_by=context.participant_id,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Conflict(N_("This grant is frozen already.")) from None
    _note(session, context, row, "grant.frozen")
    return row


def lift(session: Session, *, context: Context, freeze_id: UUID, reason: str) -> GrantFreeze:
    """Release a grant. Raises Denied, NotFound, Invalid, and Conflict: lifted already, or by who froze it."""
    words = _words(context, reason)
    row = session.scalar(
        select(GrantFreeze)
        .where(GrantFreeze.id == freeze_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.lifted_at is not None:
        raise Conflict(N_("This grant is not frozen any more."))
    if row.frozen_by == context.participant_id:
        raise Conflict(N_("You froze it, so somebody else releases it."))
    row.lifted_at, row.lifted_by, row.lift_reason = datetime.now(UTC), context.participant_id, words
    session.flush()
    _note(session, context, row, "grant.released")
    return row


def _words(context: Context, reason: str) -> str:
    if not context.may(policy.FREEZE) or context.party == "provider" or context.participant_id is None:
        raise Denied(N_("Your role does not include this."))
    words = reason.strip()
    if not words:
        raise Invalid(N_("Say why."), field="reason")
    if len(words) > NOTE_LIMIT:
        raise Invalid(N_("At most %(limit)s characters."), field="reason", limit=NOTE_LIMIT)
    return words


def _note(session: Session, context: Context, row: GrantFreeze, action: str) -> None:
    details = {"engagement_id": str(row.engagement_id), "freeze_id": str(row.id)}
    audit.append(session, context=context, action=action, subject=("data_grant", row.data_grant_id), details=details)
