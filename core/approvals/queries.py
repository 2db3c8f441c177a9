"""Read requests for approval: those a person may decide on, their own, and what was decided.

A person sees a request they made, decided on, or might decide on; who may read the audit trail sees all of them. The database's
wall holds a provider's people to the requests of their engagement.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from core.approvals.delegations import StandIn, may_lend
from core.approvals.models import Approval, ApprovalDelegation
from core.context import Context
from core.db.keyset import Page, newest_first
from core.db.reading import Listing
from core.identity.models import Participant
from core.identity.roles import permissions_of

SHOWN = ("open", "mine", "decided")
SEES_ALL = "audit.read"

_asker, _decider, _absent = (aliased(Participant, name=name) for name in ("asker", "decider", "absent"))


def approval_page(
    session: Session,
    *,
    context: Context,
    people: Sequence[StandIn],
    show: str = "open",
    state: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """One page, the newest first. `show`: `open` (what the reader may decide on now), `mine`, `decided`, or `all`."""
    wanted = _rows().where(visible(context, people))
    if show == "open":
        wanted = wanted.where(decidable(context, people))
    elif show == "mine":
        wanted = wanted.where(Approval.requested_by == context.participant_id)
    elif show == "decided":
        wanted = wanted.where(Approval.state != "requested")
    if state:
        wanted = wanted.where(Approval.state == state)
    return newest_first(session, wanted, moment=Approval.created_at, key=Approval.id, after=after, limit=limit)


def approval_row(
    session: Session, *, context: Context, people: Sequence[StandIn], approval_id: UUID
) -> Row[Any] | None:
    """One request, if the reader may see it."""
    return session.execute(_rows().where(Approval.id == approval_id, visible(context, people))).one_or_none()


def decidable(context: Context, people: Sequence[StandIn]) -> ColumnElement[bool]:
    """Open requests that the reader may decide on: not their own, nor of those they stand in for."""
    others = [context.participant_id, *(each.person_id for each in people)]
    if context.participant_id is None:
        return false()
    return and_(
        Approval.state == "requested",
        Approval.expires_at > datetime.now(UTC),
        or_(Approval.requested_by.is_(None), Approval.requested_by.not_in(others)),
        Approval.permission.in_(_permissions(context, people)),
    )


_WAITING = Listing(
    select(
        Approval.permission,
        Approval.requested_by,
        func.count(),
        select(
            func.jsonb_agg(func.jsonb_build_array(ApprovalDelegation.from_id, Participant.roles, Participant.custom))
        )
        .join(Participant, Participant.id == ApprovalDelegation.from_id)
        .where(
            ApprovalDelegation.to_id == bindparam("reader"),
            ApprovalDelegation.starts_at <= func.now(),
            ApprovalDelegation.ends_at > func.now(),
            Participant.ended_at.is_(None),
        )
        .scalar_subquery(),
    )
    .where(Approval.state == "requested", Approval.expires_at > func.now())
    .group_by(Approval.permission, Approval.requested_by)
)


def waiting_count(session: Session, *, context: Context) -> int:
    """How many of the open requests wait for the reader. One statement, for the frame of every page."""
    if context.participant_id is None:
        return 0
    rows = _WAITING.fetch(session, reader=context.participant_id)
    lent = rows[0][3] or [] if rows and may_lend(context) else []
    others = {str(context.participant_id), *(person for person, _roles, _custom in lent)}
    may = context.permissions.union(
        *(permissions_of(roles, custom, party=context.party) for _person, roles, custom in lent)
    )
    return sum(count for permission, asker, count, _lent in rows if permission in may and str(asker) not in others)


def colleagues(session: Session, *, context: Context) -> Sequence[Any]:
    """People of the reader's own side, without the reader."""
    return session.execute(
        select(Participant.id, Participant.shown_name, Participant.roles)
        .where(
            Participant.party == context.party,
            Participant.engagement_id.is_not_distinct_from(context.engagement_id),
            Participant.ended_at.is_(None),
            Participant.id != context.participant_id,
        )
        .order_by(Participant.shown_name, Participant.id)
        .limit(500)
    ).all()


def delegations(session: Session, *, context: Context) -> Sequence[Any]:
    """The reader's own and those made to them, the latest first; past ones of a year are among them."""
    giver, taker = aliased(Participant), aliased(Participant)
    delegation = ApprovalDelegation
    return session.execute(
        select(
            delegation.id, delegation.from_id, delegation.to_id, delegation.starts_at, delegation.ends_at,
            delegation.reason, giver.shown_name.label("from_name"), taker.shown_name.label("to_name"),
        )
        .join(giver, giver.id == delegation.from_id)
        .join(taker, taker.id == delegation.to_id)
        .where(or_(delegation.from_id == context.participant_id, delegation.to_id == context.participant_id))
        .order_by(delegation.ends_at.desc(), delegation.id.desc())
        .limit(100)
    ).all()  # fmt: skip


def _rows() -> Select[Any]:
    return (
        select(
            Approval.id, Approval.number, Approval.kind, Approval.subject_type, Approval.subject_id,
            Approval.customer_id, Approval.engagement_id, Approval.title, Approval.reason, Approval.permission,
            Approval.requested_by, Approval.requested_party, Approval.created_at, Approval.expires_at, Approval.state,
            Approval.decided_by, Approval.decided_for, Approval.decided_at, Approval.decision_note, Approval.result,
            Approval.version, _asker.shown_name.label("asked_by"), _decider.shown_name.label("decider"),
            _decider.party.label("decider_party"), _absent.shown_name.label("decider_for"),
        )
        .outerjoin(_asker, _asker.id == Approval.requested_by)
        .outerjoin(_decider, _decider.id == Approval.decided_by)
        .outerjoin(_absent, _absent.id == Approval.decided_for)
    )  # fmt: skip


def visible(context: Context, people: Sequence[StandIn]) -> ColumnElement[bool]:
    if context.may(SEES_ALL) and context.party != "provider":
        return true()
    return or_(
        Approval.requested_by == context.participant_id,
        Approval.decided_by == context.participant_id,
        Approval.permission.in_(_permissions(context, people)),
    )


def _permissions(context: Context, people: Sequence[StandIn]) -> Sequence[str]:
    return sorted(context.permissions.union(*(each.permissions for each in people)))
