"""The end of a request's time."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.approvals.events import ApprovalExpired
from core.approvals.models import Approval
from core.audit import service as audit
from core.context import Context
from core.events import bus


def expire(session: Session, *, context: Context, approval_id: UUID) -> bool:
    """Close an open request whose time is over. Whether this call did it: of two workers one does."""
    row = session.scalar(select(Approval).where(Approval.id == approval_id).with_for_update())
    if row is None or row.state != "requested" or row.expires_at > datetime.now(UTC):
        return False
    row.state = "expired"
    session.flush()
    audit.append(session, context=context, action="approval.expired", subject=("approval", row.id))
    event = ApprovalExpired(
        context=context, subject=row.id, number=row.number, kind=row.kind, requested_by=row.requested_by,
        engagement_id=row.engagement_id,
    )  # fmt: skip
    bus.emit(session, event)
    return True
