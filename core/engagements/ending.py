"""What ends with a grant or an engagement: leases at once, lists with them, people with the engagement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.context import Context
from core.engagements.events import LeasesEnded
from core.engagements.granting import LIVE
from core.engagements.models import DataGrant, Engagement, Lease, LeaseList
from core.events import bus
from core.identity.models import Participant

_QUIET = {"synchronize_session": False}
OPEN_LISTS = ("lending", "live")
WAITING = ("requested", "dpo_check")

FILES: list[Callable[[Session, Context, UUID], int]] = []
"""Removes the files that an engagement's people exported and that are still kept; how many. Of a layer above, filled at boot."""


def remove_files(session: Session, context: Context, engagement_id: UUID) -> int:
    """Remove what the engagement's people took as files and still find in the workspace. How many."""
    return sum(remove(session, context, engagement_id) for remove in FILES)


def end_leases(session: Session, *, context: Context, engagement_id: UUID, reason: str, **which: UUID) -> int:
    """End live leases of an engagement, or of one of its grants or lists (`data_grant_id`, `lease_list_id`). How many."""
    wanted = [getattr(Lease, name) == value for name, value in which.items()]
    ended = session.execute(
        update(Lease)
        .where(Lease.engagement_id == engagement_id, Lease.ended_at.is_(None), *wanted)
        .values(ended_at=func.least(func.now(), Lease.expires_at), end_reason=reason, version=Lease.version + 1)
        .returning(Lease.id),
        execution_options=_QUIET,
    ).all()
    if ended:
        bus.emit(session, LeasesEnded(context=context, subject=engagement_id, count=len(ended)))
    return len(ended)


def end_lists(session: Session, *, engagement_id: UUID, state: str, reason: str, grant_id: UUID | None = None) -> int:
    """End what is still lent as lists of an engagement, or of one grant."""
    wanted = [LeaseList.engagement_id == engagement_id, LeaseList.state.in_(OPEN_LISTS)]
    if grant_id is not None:
        wanted.append(LeaseList.data_grant_id == grant_id)
    rows = session.scalars(select(LeaseList).where(*wanted).with_for_update()).all()
    for row in rows:
        row.state, row.ended_at, row.end_reason = state, datetime.now(UTC), reason
    session.flush()
    return len(rows)


def end_grant(session: Session, *, context: Context, row: DataGrant, state: str, reason: str) -> int:
    """End one grant and what was lent under it. How many leases ended."""
    row.state, row.ended_at, row.end_reason = state, datetime.now(UTC), reason
    row.ended_name = context.shown_name
    session.flush()
    end_lists(session, engagement_id=row.engagement_id, state="ended", reason=reason, grant_id=row.id)
    return end_leases(session, context=context, engagement_id=row.engagement_id, reason=reason, data_grant_id=row.id)


def close(session: Session, context: Context, engagement: Engagement, reason: str) -> None:
    """The end of an engagement: nothing is lent, nothing granted, nobody of the provider remains. Proof of deletion is due."""
    end_lists(session, engagement_id=engagement.id, state="ended", reason=reason)
    end_leases(session, context=context, engagement_id=engagement.id, reason=reason)
    wanted = select(DataGrant).where(DataGrant.engagement_id == engagement.id, DataGrant.state.in_((*LIVE, *WAITING)))
    for grant in session.scalars(wanted.with_for_update()):
        end_grant(session, context=context, row=grant, state="refused" if grant.state in WAITING else "expired",
                  reason=reason)  # fmt: skip
    session.execute(
        update(Participant)
        .where(Participant.engagement_id == engagement.id, Participant.ended_at.is_(None))
        .values(ended_at=func.now(), version=Participant.version + 1),
        execution_options=_QUIET,
    )
    remove_files(session, context, engagement.id)
    engagement.closed_at = datetime.now(UTC)
    session.flush()
