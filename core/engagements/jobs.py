"""What happens to grants and lists by the clock: they begin, are warned of, and end; each has its own jobs, made when it is made.

A job looks at the row again: one that was revoked or extended meanwhile is left alone. The database needs none of them, since
every statement asks for the present moment; they keep the states, the history and the people informed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.db.base import db
from core.engagements import ending
from core.engagements.granting import LIVE
from core.engagements.models import DataGrant, LeaseList
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.notify import service as notify

WARNED = (14, 7, 1)
"""Days before a grant's end at which both sides are told."""
AGAIN = RetryStrategy(max_attempts=6, exponential_wait=3, retry_exceptions={OperationalError, IntegrityError})


def watch_grant(session: Session, *, row: DataGrant) -> None:
    """Make the jobs of a grant that was approved: its begin, the warnings that are still ahead, its end."""
    now = datetime.now(UTC)
    moments = [row.starts_at, *(row.ends_at - timedelta(days=days) for days in WARNED), row.ends_at]
    for moment in moments:
        if moment > now:
            enqueue(session, task=look_at_grant, to="scheduled", at=moment, tenant_id=row.tenant_id, grant_id=row.id)


def watch_list(session: Session, *, row: LeaseList) -> None:
    """Make the job that ends a list when its time is over."""
    enqueue(session, task=look_at_list, to="scheduled", at=row.expires_at, tenant_id=row.tenant_id, list_id=row.id)


@queue.task(name="look_at_grant", queue="scheduled", retry=AGAIN)
def look_at_grant(*, tenant_id: str, grant_id: str) -> None:
    """Begin, warn of or end a grant, whichever is due."""
    context = job_context(tenant_id=UUID(tenant_id), participant_id=None)
    session = db.session()
    try:
        scope.enter(session, context)
        age_grant(session, context=context, grant_id=UUID(grant_id))
        session.commit()
    finally:
        db.session.remove()


@queue.task(name="look_at_list", queue="scheduled", retry=AGAIN)
def look_at_list(*, tenant_id: str, list_id: str) -> None:
    """End a list whose time is over."""
    context = job_context(tenant_id=UUID(tenant_id), participant_id=None)
    session = db.session()
    try:
        scope.enter(session, context)
        age_list(session, context=context, list_id=UUID(list_id))
        session.commit()
    finally:
        db.session.remove()


def age_grant(session: Session, *, context: Context, grant_id: UUID, now: datetime | None = None) -> str | None:
    """The state that the grant is in now: active at its start, expiring 14 days before its end, then expired."""
    at = now or datetime.now(UTC)
    row = session.scalar(select(DataGrant).where(DataGrant.id == grant_id).with_for_update())
    if row is None or row.state not in LIVE:
        return row.state if row else None
    if row.ends_at <= at:
        ended = ending.end_grant(session, context=context, row=row, state="expired", reason="")
        audit.append(session, context=context, action="data_grant.expired", subject=("data_grant", row.id),
                     details={"leases": ended})  # fmt: skip
        _tell(session, context, row, kind="grant.ended", cause=f"grant.ended:{row.id}")
        return row.state
    left = row.ends_at - at
    due = [days for days in WARNED if left <= timedelta(days=days)]
    if due:
        row.state = "expiring"
        _tell(session, context, row, kind="grant.expiring", cause=f"grant.expiring:{row.id}:{min(due)}")
    elif row.starts_at <= at:
        row.state = "active"
    session.flush()
    return row.state


def _tell(session: Session, context: Context, row: DataGrant, *, kind: str, cause: str) -> None:
    """Both sides: who may ask for grants at the client's, and who manages the provider's people."""
    values = {"purpose": {"word": ["purpose", row.purpose]}, "day": {"datetime": row.ends_at.isoformat()}}
    subject = ("data_grant", row.id)
    notify.tell(session, context=context, kind=kind, values=values, subject=subject, cause=cause,
                permission="grant.request")  # fmt: skip
    notify.tell(session, context=context, kind=kind, values=values, subject=subject, cause=cause,
                permission="proof.sign", engagement_id=row.engagement_id)  # fmt: skip


def age_list(session: Session, *, context: Context, list_id: UUID, now: datetime | None = None) -> str | None:
    """The state of a list: expired once its time is over. Its leases ended by themselves; they are closed here."""
    at = now or datetime.now(UTC)
    row = session.scalar(select(LeaseList).where(LeaseList.id == list_id).with_for_update())
    if row is None or row.state not in ending.OPEN_LISTS or row.expires_at > at:
        return row.state if row else None
    row.state, row.ended_at = "expired", row.expires_at
    session.flush()
    ended = ending.end_leases(
        session, context=context, engagement_id=row.engagement_id, reason="expired", lease_list_id=row.id
    )
    audit.append(session, context=context, action="lease_list.expired", subject=("lease_list", row.id),
                 details={"leases": ended, "number": row.number})  # fmt: skip
    values = {"number": row.number}
    for side in ({"permission": "lease.manage"}, {"permission": "proof.sign", "engagement_id": row.engagement_id}):
        notify.tell(session, context=context, kind="lease_list.expired", values=values, subject=("lease_list", row.id),
                    cause=f"lease_list.expired:{row.id}", **side)  # fmt: skip
    return row.state
