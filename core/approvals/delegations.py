"""Who decides in whose place: set up, end, and read while a decision is made.

A delegation does not pass on: a delegate decides with the delegator's own permissions, not with those lent to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.approvals.models import ApprovalDelegation
from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.identity.models import Participant
from core.identity.roles import permissions_of

LONGEST = timedelta(days=92)
REASON_LIMIT = 500
NO_COLLEAGUE = N_("Choose a colleague of your own side.")
NO_DAY = N_("Give the day as a date.")


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """In whose place the reader may decide now, and what that person may do."""

    person_id: UUID
    name: str
    permissions: frozenset[str]


def stand_ins(session: Session, *, context: Context) -> Sequence[StandIn]:
    """Everybody the reader stands in for at this moment.

    They lend a token nothing: its scopes name what it may do, and no more. It is bound all the same not to decide for who asked.
    """
    delegation = ApprovalDelegation
    rows = session.execute(
        select(delegation.from_id, Participant.shown_name, Participant.party, Participant.roles, Participant.custom)
        .join(Participant, Participant.id == delegation.from_id)
        .where(
            delegation.to_id == context.participant_id,
            delegation.starts_at <= func.now(),
            delegation.ends_at > func.now(),
            Participant.ended_at.is_(None),
        )
        .order_by(delegation.starts_at, delegation.id)
    )
    lends = may_lend(context)
    found = {
        row.from_id: StandIn(
            person_id=row.from_id,
            name=row.shown_name,
            permissions=permissions_of(row.roles, row.custom, party=row.party) if lends else frozenset(),
        )
        for row in rows
    }
    return list(found.values())


def delegates_of(session: Session, people: Sequence[UUID]) -> Sequence[UUID]:
    """Who stands in for any of these people now."""
    wanted = select(ApprovalDelegation.to_id).where(
        ApprovalDelegation.from_id.in_(people),
        ApprovalDelegation.starts_at <= func.now(),
        ApprovalDelegation.ends_at > func.now(),
    )
    return session.scalars(wanted.distinct()).all()


def may_lend(context: Context) -> bool:
    """Whether the reader is a person with all that their roles allow; a token's scopes may be fewer."""
    held = permissions_of(context.roles, context.custom, party=context.party)
    return context.participant_id is not None and context.permissions == held


def delegate(
    session: Session,
    *,
    context: Context,
    to_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    reason: str | None = None,
) -> ApprovalDelegation:
    """Let another person of the same side decide in one's place. Raises Invalid, Conflict; Denied for who is no person."""
    if context.participant_id is None:
        raise Denied
    colleague = session.scalar(select(Participant).where(Participant.id == to_id, Participant.ended_at.is_(None)))
    if colleague is None or (colleague.party, colleague.engagement_id) != (context.party, context.engagement_id):
        raise Invalid(NO_COLLEAGUE, field="to")
    if to_id == context.participant_id:
        raise Invalid(N_("You cannot stand in for yourself."), field="to")
    if ends_at <= starts_at or ends_at <= datetime.now(UTC):
        raise Invalid(N_("The last day lies before the first, or in the past."), field="until")
    if ends_at - starts_at > LONGEST:
        raise Invalid(N_("A delegation lasts at most %(days)s days."), field="until", days=LONGEST.days)
    _refuse_overlap(session, context=context, to_id=to_id, starts_at=starts_at, ends_at=ends_at)
    row = ApprovalDelegation(
        from_id=context.participant_id,
        to_id=to_id,
        engagement_id=context.engagement_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=(reason or "").strip()[:REASON_LIMIT] or None,
    )
    session.add(row)
    session.flush()
    audit.append(session, context=context, action="approval.delegated", subject=("approval_delegation", row.id),
                 details={"to": str(to_id), "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()})  # fmt: skip
    return row


def _refuse_overlap(session: Session, *, context: Context, to_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
    earlier = select(ApprovalDelegation.id).where(
        ApprovalDelegation.from_id == context.participant_id,
        ApprovalDelegation.to_id == to_id,
        ApprovalDelegation.starts_at < ends_at,
        ApprovalDelegation.ends_at > starts_at,
    )
    if session.scalar(earlier.limit(1)) is not None:
        raise Conflict(N_("This person already stands in for you in these days."), field="to")


def end_delegation(session: Session, *, context: Context, delegation_id: UUID) -> ApprovalDelegation:
    """End one's own delegation now. Raises NotFound for that of another person."""
    row = session.scalar(
        select(ApprovalDelegation)
        .where(ApprovalDelegation.id == delegation_id, ApprovalDelegation.from_id == context.participant_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound
    now = datetime.now(UTC)
    if row.ends_at > now:
        row.starts_at, row.ends_at = min(row.starts_at, now), now
        session.flush()
        audit.append(session, context=context, action="approval.delegation_ended",
                     subject=("approval_delegation", row.id))  # fmt: skip
    return row
