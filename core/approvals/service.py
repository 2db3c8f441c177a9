"""Ask for an act that a second person must approve, decide on it, and take it back.

1. `request` notes what is asked: a message with values (both parties may read it: no personal data), the permission that who
decides must have, and a payload for the act. 2. `decide` locks the request, so that of two people one decides and the other is
told. Never the person who asked, nor who stands in for them. 3. The act itself is a handler of the request's kind: it runs in
the decision's transaction, and what it raises undoes the decision. 4. A request that nobody decides expires.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.approvals.delegations import StandIn, stand_ins
from core.approvals.events import ApprovalDecided, ApprovalRequested
from core.approvals.jobs import expire_approval
from core.approvals.models import Approval
from core.approvals.queries import visible
from core.audit import service as audit
from core.context import READ_ONLY, Context
from core.db import scope
from core.errors import N_, Conflict, Denied, Invalid, NotFound, Stale
from core.events import bus
from core.identity.models import Participant
from core.jobs.queue import enqueue
from core.plugin.types import Label
from core.tenants.life import WHILE_READ_ONLY
from core.tenants.service import next_numbers
from core.web.sentences import kept

TEXT_LIMIT = 2000
LASTS = timedelta(days=3)

Handler = Callable[[Session, Context, Approval], Mapping[str, Any] | None]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that an approval changes: values as `core.web.sentences` takes them, None for nothing."""

    name: Label
    before: Any = None
    after: Any = None


HANDLERS: dict[str, Handler] = {}
"""What is done once a request of a kind is approved, filled by `app.py`. The answer is kept as the request's `result`: ids and
numbers. A kind without one is an approval that somebody else makes use of later."""

GONE = N_(
    "This request is no longer open: somebody decided or withdrew it, or its time was over. Look at what came of it."
)
OWN = N_("You asked for this, so someone else decides.")
STANDS_IN = N_("You stand in for the person who asked, so a third person decides.")
OVER = N_("The time to decide is over. Ask again if it is still wanted.")
NOT_YOURS = N_("Your role does not include deciding on this.")


def request(
    session: Session,
    *,
    context: Context,
    kind: str,
    permission: str,
    message: str,
    values: Mapping[str, Any],
    subject: tuple[str, UUID | None],
    payload: Mapping[str, Any],
    reason: str | None = None,
    customer_id: UUID | None = None,
    expires_in: timedelta = LASTS,
    changes: Sequence[Change] = (),
) -> Approval:
    """Ask. `message` is a msgid, `values` are as `core.web.sentences` takes them. Raises Conflict if the same is asked already.

    `payload` is JSON: what the handler needs. It is not shown; ids rather than personal data. `changes` are shown: what will be
    different once it is approved.
    """
    if subject[1] is not None:  # of two people who ask for the same at once, the second waits and is told
        session.execute(_LOCK, {"key": f"approval:{subject[1]}:{kind}"})
    earlier = open_for(session, subject, kind=kind) if subject[1] is not None else None
    if earlier is not None and earlier.payload == dict(payload):
        raise Conflict(N_("This is already asked for: request %(number)s."), number=earlier.number)
    row = Approval(
        number=next_numbers(session, kind="approval")[0],
        kind=kind,
        subject_type=subject[0],
        subject_id=subject[1],
        customer_id=customer_id,
        engagement_id=context.engagement_id,
        title={"message": message, "values": kept(values), "changes": [_change(each) for each in changes]},
        payload=dict(payload),
        reason=_text(reason, field="reason"),
        permission=permission,
        requested_by=context.participant_id,
        requested_party=context.party,
        expires_at=datetime.now(UTC) + expires_in,
        state="requested",
    )
    session.add(row)
    session.flush()
    enqueue(session, task=expire_approval, to="scheduled", at=row.expires_at, tenant_id=context.tenant_id,
            approval_id=row.id)  # fmt: skip
    _note(session, context, row, "approval.requested")
    event = ApprovalRequested(
        context=context, subject=row.id, number=row.number, kind=kind, permission=permission,
        engagement_id=row.engagement_id,
    )  # fmt: skip
    bus.emit(session, event)
    return row


def _change(change: Change) -> dict[str, Any]:
    shown = kept({"before": change.before, "after": change.after})
    return {"name": dict(change.name), **shown}


def decide(
    session: Session, *, context: Context, approval_id: UUID, version: int, approve: bool, note: str | None = None
) -> Approval:
    """Approve or refuse, as oneself or in the place of somebody. Raises NotFound, Stale, Denied, Conflict, Invalid, and
    whatever the kind's handler raises."""
    people = stand_ins(session, context=context)
    row = _locked(session, context=context, people=people, approval_id=approval_id, version=version)
    standing = standing_of(context, row, people)
    if _same_user(session, context, row.requested_by):
        raise Denied(OWN)
    if row.expires_at <= datetime.now(UTC):
        raise Conflict(OVER)
    given = _text(note, field="note")
    if not approve and given is None:
        raise Invalid(N_("Say why not, so that the person who asked can act on it."), field="note")
    row.state = "approved" if approve else "refused"
    row.decided_by, row.decided_for = context.participant_id, standing.person_id if standing else None
    row.decided_at, row.decision_note = datetime.now(UTC), given
    session.flush()
    handler = HANDLERS.get(row.kind) if approve else None
    if handler is not None:
        row.result = dict(handler(session, context, row) or {})
        session.flush()
    _note(session, context, row, f"approval.{row.state}", decided_for=str(row.decided_for) if row.decided_for else None)
    event = ApprovalDecided(
        context=context, subject=row.id, number=row.number, kind=row.kind, state=row.state,
        requested_by=row.requested_by, engagement_id=row.engagement_id,
    )  # fmt: skip
    bus.emit(session, event)
    return row


def standing_of(context: Context, row: Any, people: Sequence[StandIn]) -> StandIn | None:
    """In whose place the reader decides; None for in their own right. Raises Denied with the reason."""
    if context.participant_id is None:
        raise Denied(NOT_YOURS)
    if row.requested_by == context.participant_id:
        raise Denied(OWN)
    if row.requested_by is not None and any(each.person_id == row.requested_by for each in people):
        raise Denied(STANDS_IN)
    if context.may(row.permission):
        return None
    found = next((each for each in people if row.permission in each.permissions), None)
    if found is None:
        raise Denied(NOT_YOURS)
    return found


def withdraw(session: Session, *, context: Context, approval_id: UUID, version: int) -> Approval:
    """Take one's own request back. Raises NotFound, Stale; Denied for that of another person."""
    people = stand_ins(session, context=context)
    row = _locked(session, context=context, people=people, approval_id=approval_id, version=version)
    if context.participant_id is None or row.requested_by != context.participant_id:
        raise Denied(N_("Only the person who asked can withdraw a request."))
    row.state = "withdrawn"
    session.flush()
    _note(session, context, row, "approval.withdrawn")
    return row


def open_for(session: Session, subject: tuple[str, UUID | None], *, kind: str | None = None) -> Approval | None:
    """The newest open request on a subject, of one kind if it is named."""
    wanted = select(Approval).where(
        Approval.subject_type == subject[0],
        Approval.subject_id == subject[1],
        Approval.state == "requested",
        Approval.expires_at > datetime.now(UTC),
    )
    if kind is not None:
        wanted = wanted.where(Approval.kind == kind)
    return session.scalar(wanted.order_by(Approval.created_at.desc(), Approval.id.desc()).limit(1))


_FRESH: dict[str, Any] = {"populate_existing": True}


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))").execution_options(**scope.RLS_ONLY)


def _same_user(session: Session, context: Context, participant_id: UUID | None) -> bool:
    """Whether another participant is the reader's own: one person may take part twice, on both sides even."""
    other = select(Participant.user_id).where(Participant.id == participant_id).scalar_subquery()
    mine = select(Participant.id).where(Participant.id == context.participant_id, Participant.user_id == other)
    return participant_id is not None and session.scalar(mine) is not None


def _locked(
    session: Session, *, context: Context, people: Sequence[StandIn], approval_id: UUID, version: int
) -> Approval:
    """The open request at the version that the person saw, locked until the transaction ends. Raises NotFound for one that
    the person may not see.

    While nothing of the tenant changes, only requests to read (an export) are open.
    """
    row = session.scalar(
        select(Approval)
        .where(Approval.id == approval_id, visible(context, people))
        .with_for_update()
        .execution_options(**_FRESH)
    )
    if row is None:
        raise NotFound
    if row.state != "requested":
        raise Stale(GONE)
    if row.version != version:
        raise Stale
    if context.read_only and row.kind not in WHILE_READ_ONLY:
        raise Denied(READ_ONLY[context.life.state])
    return row


def _text(text: str | None, *, field: str) -> str | None:
    given = (text or "").strip()
    if len(given) > TEXT_LIMIT:
        raise Invalid(N_("At most %(longest)s characters."), field=field, longest=TEXT_LIMIT)
    return given or None


def _note(session: Session, context: Context, row: Approval, action: str, **more: Any) -> None:
    details = {"number": row.number, "kind": row.kind, **{name: value for name, value in more.items() if value}}
    audit.append(session, context=context, action=action, subject=("approval", row.id), details=details)
