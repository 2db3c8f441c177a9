"""A wider grant in the place of one in force: asked like any other, and once approved it takes over what was lent under that.

The former one is replaced, not revoked: its leases and lists go over in the same act, so nobody loses sight of a customer, and its
row budget with them: customers who were lent under the former count. The proof of deletion is then owed for the new one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import scope
from core.engagements.granting import LIVE, taken
from core.engagements.models import DataGrant, Lease, LeaseList
from core.engagements.terms import Terms, stored
from core.errors import N_, Conflict, FieldError, NotFound

COMPARED = ("fields", "countries", "site_ids", "skills", "methods", "measures", "row_budget", "ends_at")
_QUIET = {"synchronize_session": False}
_FROZEN = text(
    "SELECT EXISTS (SELECT FROM grant_freeze WHERE tenant_id = :tenant AND data_grant_id = :granted AND lifted_at IS NULL)"
).execution_options(**scope.RLS_ONLY)
"""Freezes are of a layer above."""


def former(session: Session, *, grant_id: UUID, engagement_id: UUID, lock: bool = False) -> DataGrant:
    """The grant that is to be widened. Raises NotFound, and Conflict where it is over."""
    wanted = select(DataGrant).where(DataGrant.id == grant_id, DataGrant.engagement_id == engagement_id)
    row = session.scalar(wanted.with_for_update().execution_options(populate_existing=True) if lock else wanted)
    if row is None:
        raise NotFound
    if row.state not in LIVE or row.ends_at <= datetime.now(UTC):
        raise Conflict(N_("The grant that was to be widened is over. Ask for a new one."))
    return row


def faults(session: Session, *, former: DataGrant, terms: Terms) -> list[FieldError]:
    """What is wrong with terms that are to take the place of a grant's."""
    errors = []
    if terms.ends_at < former.ends_at:
        message = N_("The grant in force ends on %(day)s, and what was lent under it would end before.")
        day = former.ends_at.date().isoformat()
        errors.append(FieldError(field="ends_at", code="range", message=message, params={"day": day}))
    held = taken(session, grant_id=former.id)
    if terms.row_budget is not None and terms.row_budget < held:
        message = N_("%(held)s customers were lent under the grant in force already.")
        errors.append(FieldError(field="row_budget", code="range", message=message, params={"held": held}))
    asked = stored(terms)
    if all(asked[name] == getattr(former, name) for name in COMPARED):
        message = N_("This is what the grant in force says already. Change what is to be wider.")
        errors.append(FieldError(field="fields", code="same", message=message))
    return errors


def take_over(session: Session, *, context: Context, row: DataGrant) -> None:
    """Put an approved grant in the place of the one it widens, at once. Raises Conflict where that is over or frozen."""
    assert row.widens_id is not None
    held = former(session, grant_id=row.widens_id, engagement_id=row.engagement_id, lock=True)
    if session.scalar(_FROZEN, {"tenant": context.tenant_id, "granted": held.id}):
        raise Conflict(N_("The grant that was to be widened is frozen. Release it first."))
    now = datetime.now(UTC)
    row.starts_at = min(row.starts_at, now)
    held.state, held.ended_at, held.ended_name, held.end_reason = "replaced", now, context.shown_name, ""
    session.flush()
    for model in (LeaseList, Lease):
        session.execute(
            update(model).where(model.data_grant_id == held.id).values(data_grant_id=row.id, version=model.version + 1),
            execution_options=_QUIET,
        )
    details = {"engagement_id": str(row.engagement_id), "by": str(row.id)}
    audit.append(
        session, context=context, action="data_grant.replaced", subject=("data_grant", held.id), details=details
    )
