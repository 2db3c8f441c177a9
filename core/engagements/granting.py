"""Which grant carries a lease, and how many customers it still may: asked before anything is lent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, cast, func, select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.engagements.models import DataGrant, Engagement, Lease, LeaseList
from core.errors import N_, Conflict, DomainError, Invalid

LIVE = ("approved", "active", "expiring")
"""States of a grant that carries leases between its start and its end."""

ANY = "any"
"""A grant for every purpose: what an engagement has that was opened by the operator."""

YEAR = timedelta(days=365)
NO_GRANT = N_("No data grant for this purpose is in force, so nothing can be leased. Ask for one first.")


def standing_grant(session: Session, *, engagement: Engagement) -> DataGrant:
    """A grant of the operator's, for every purpose, with everything masked, as long as the engagement lasts."""
    assert engagement.provider_tenant_id is not None
    now = datetime.now(UTC)
    row = DataGrant(
        engagement_id=engagement.id,
        provider_tenant_id=engagement.provider_tenant_id,
        purpose=ANY,
        fields={},
        state="active",
        starts_at=now - timedelta(minutes=1),
        ends_at=engagement.ends_at or now + YEAR,
    )
    session.add(row)
    session.flush()
    return row


def carrying(session: Session, *, engagement_id: UUID, purpose: str, until: datetime) -> DataGrant:
    """The live grant for a purpose that lasts until then, locked. Raises Conflict without one, Invalid where it ends before."""
    rows = session.scalars(
        select(DataGrant)
        .where(
            DataGrant.engagement_id == engagement_id,
            DataGrant.state.in_(LIVE),
            DataGrant.purpose.in_([purpose, ANY]),
            DataGrant.starts_at <= func.now(),
            DataGrant.ends_at > func.now(),
        )
        .order_by((DataGrant.purpose == purpose).desc(), DataGrant.ends_at.desc())
        .with_for_update()
    ).all()
    if not rows:
        raise Conflict(NO_GRANT)
    for row in rows:
        if row.ends_at >= until:
            return row
    raise _too_long(max(row.ends_at for row in rows))


def _too_long(ends_at: datetime) -> Invalid:
    return Invalid(
        N_("The data grant ends on %(day)s, and a lease cannot outlast it."), field="expires_at",
        day=ends_at.date().isoformat(),
    )  # fmt: skip


def of_list(session: Session, *, list_id: UUID) -> DataGrant | None:
    """The grant that a list is lent under, locked. Taken before the list's own lock, as whoever ends a grant does."""
    return session.scalar(
        select(DataGrant)
        .join(LeaseList, LeaseList.data_grant_id == DataGrant.id)
        .where(LeaseList.id == list_id)
        .with_for_update(of=DataGrant)
        .execution_options(populate_existing=True)
    )


def check_force(grant: DataGrant, *, until: datetime) -> None:
    """Raise what `carrying` would, of one grant: Conflict where it is not in force, Invalid where it ends before."""
    if grant.state not in LIVE or not grant.starts_at <= datetime.now(UTC) < grant.ends_at:
        raise Conflict(NO_GRANT)
    if grant.ends_at < until:
        raise _too_long(grant.ends_at)


def taken(session: Session, *, grant_id: UUID) -> int:
    """How many places of a grant's row budget are taken: by the different customers that were ever lent under it (taking them
    back does not make room), and by those that lists being lent are still to lend. One statement, so that a customer who
    moves from the second to the first is counted at one moment.
    """
    lent = select(func.count(func.distinct(Lease.customer_id))).where(Lease.data_grant_id == grant_id)
    coming = select(func.coalesce(func.sum(LeaseList.reserved), 0)).where(
        LeaseList.data_grant_id == grant_id, LeaseList.state == "lending"
    )
    return session.scalar(select(lent.scalar_subquery() + coming.scalar_subquery())) or 0


def check_budget(session: Session, *, context: Context, grant: DataGrant, customer_ids: Sequence[UUID]) -> None:
    """Raise OverBudget with the figures where the grant's rows would not suffice. The grant must be locked."""
    if grant.row_budget is None:
        return
    more = len(customer_ids) - known(session, grant_id=grant.id, customer_ids=customer_ids)
    refuse_over(grant, context=context, held=taken(session, grant_id=grant.id), more=more)


def known(session: Session, *, grant_id: UUID, customer_ids: Sequence[UUID]) -> int:
    """How many of these customers were lent under a grant before."""
    wanted = select(func.count(func.distinct(Lease.customer_id))).where(
        Lease.data_grant_id == grant_id, Lease.customer_id == any_(cast(list(customer_ids), ARRAY(Uuid)))
    )
    return session.scalar(wanted) or 0


def refuse_over(grant: DataGrant, *, context: Context, held: int, more: int) -> None:
    """Raise OverBudget where `more` customers do not fit beside the `held` ones. The refusal is kept in the trail."""
    if grant.row_budget is not None and held + more > grant.row_budget:
        over = OverBudget(
            N_("The data grant is for %(budget)s customers. %(held)s were leased under it, and these are %(more)s more: "
               "%(over)s too many. Lease fewer, or ask for a larger grant."),
            field="numbers", budget=grant.row_budget, held=held, more=more, over=held + more - grant.row_budget,
        )  # fmt: skip
        raise evident(
            over, context=context, action="customers.leased", reason="row_budget", subject=("data_grant", grant.id),
            budget=grant.row_budget, held=held, more=more,
        )  # fmt: skip


Kept = TypeVar("Kept", bound=DomainError)


def evident(
    error: Kept, *, context: Context, action: str, reason: str, subject: tuple[str, UUID], **details: Any
) -> Kept:
    """A refusal that is evidence: the trail has it after the act was rolled back."""

    def note(session: Session) -> None:
        engine = session.get_bind().engine
        audit.refusal(engine, context=context, action=action, reason=reason, subject=subject, details=details)

    error.evidence = note
    return error


class OverBudget(Invalid):
    """A lease that the grant's row budget does not carry."""

    code = "row_budget"
