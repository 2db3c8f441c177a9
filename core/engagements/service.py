"""Lend customers to an engagement until an expiry, and take them back. Only the client's people can.

A lease is what lets a provider's database role see a customer at all: ending it ends the view in the same instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, cast, func, select, text, update
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.db import reach as wall
from core.db import scope
from core.db.base import new_id
from core.engagements.events import CustomersLeased, LeasesEnded
from core.engagements.granting import carrying, check_budget, evident, standing_grant
from core.engagements.models import Engagement, Lease
from core.engagements.states import WORKING
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.events import bus
from core.identity.reach import refuse_narrowed
from core.tenants import service as tenants

_LEND = text(
    """
    INSERT INTO lease (tenant_id, id, engagement_id, provider_tenant_id, customer_id, purpose, data_grant_id, lease_list_id,
                       expires_at, created_by)
    SELECT :tenant, w.id, :engagement, :provider, w.customer_id, :purpose, :grant, :list, :expires, :by
      FROM unnest(cast(:ids AS uuid[]), cast(:customers AS uuid[])) w (id, customer_id)
      JOIN customer c ON c.tenant_id = :tenant AND c.id = w.customer_id AND c.state = 'active'
    ON CONFLICT (tenant_id, customer_id, engagement_id) WHERE ended_at IS NULL
    DO UPDATE SET expires_at = excluded.expires_at, data_grant_id = excluded.data_grant_id,
                  lease_list_id = coalesce(excluded.lease_list_id, lease.lease_list_id),
                  updated_at = now(), version = lease.version + 1
    RETURNING version = 1
    """
).execution_options(**scope.RLS_ONLY)
"""One statement for any number of customers; a live lease gets the new expiry. Set-based, so only row security walls it."""


@dataclass(frozen=True)
class Leased:
    """What a lending did: `made` new leases, `kept` that already were live (their expiry moved), `unknown` ids not found."""

    made: int
    kept: int
    unknown: int


@dataclass(frozen=True, kw_only=True)
class Lending:
    """To whom, for what and until when customers are lent, under which grant and in which list."""

    engagement: Engagement
    grant_id: UUID
    purpose: str
    expires_at: datetime
    list_id: UUID | None = None


@dataclass(frozen=True)
class Partner:
    """The provider's tenant, as the client sees it."""

    tenant_id: UUID
    name: str


def open_engagement(
    session: Session,
    *,
    context: Context,
    provider: Partner,
    name: str,
    slug: str,
    purpose: str,
    ends_at: datetime | None = None,
) -> Engagement:
    """Join the scope's tenant with a provider, as the operator does; its people work at the address `slug`.

    It is live at once, with a grant for every purpose that shows everything masked. Raises Conflict, Invalid.
    """
    engagement = Engagement(
        provider_tenant_id=provider.tenant_id, provider_name=provider.name, client_name=context.tenant_name, name=name,
        purpose=purpose, ends_at=ends_at,
    )  # fmt: skip
    session.add(engagement)
    session.flush()
    engagement.offered_at = engagement.accepted_at = engagement.created_at
    standing_grant(session, engagement=engagement)
    tenants.create_workspace(session, slug=slug, engagement_id=engagement.id)
    audit.append(session, context=context, action="engagement.opened", subject=("engagement", engagement.id))
    return engagement


def lease_customers(
    session: Session,
    *,
    context: Context,
    engagement_id: UUID,
    customer_ids: Sequence[UUID],
    purpose: str,
    expires_at: datetime,
    list_id: UUID | None = None,
) -> Leased:
    """Lend listed customers under the live grant for the purpose.

    Raises Denied, NotFound, Conflict (engagement not working, no grant) or Invalid (expiry, the grant's row budget).
    """
    engagement = lending(session, context, engagement_id)
    check_period(engagement, expires_at, context=context)
    wanted = wall.reaches(session, list(dict.fromkeys(customer_ids)), within=context.reach)
    grant = carrying(session, engagement_id=engagement.id, purpose=purpose, until=expires_at)
    check_budget(session, context=context, grant=grant, customer_ids=wanted)
    terms = Lending(engagement=engagement, grant_id=grant.id, purpose=purpose, expires_at=expires_at, list_id=list_id)
    leased = put(session, context=context, terms=terms, customer_ids=wanted)
    note_leased(session, context=context, terms=terms, leased=leased)
    bus.emit(session, CustomersLeased(context=context, subject=engagement.id, count=leased.made))
    return leased


def put(session: Session, *, context: Context, terms: Lending, customer_ids: Sequence[UUID]) -> Leased:
    """Lend these customers, and nothing else: grant, period, reach and budget are checked, the act is noted by the caller."""
    _end_expired(session, terms.engagement.id, customer_ids)
    values = {
        "tenant": context.tenant_id, "engagement": terms.engagement.id, "provider": terms.engagement.provider_tenant_id,
        "purpose": terms.purpose, "grant": terms.grant_id, "list": terms.list_id, "expires": terms.expires_at,
        "by": context.participant_id, "ids": [new_id() for _ in customer_ids], "customers": list(customer_ids),
    }  # fmt: skip
    fresh = session.execute(_LEND, values).scalars().all()
    made = sum(fresh)
    return Leased(made, len(fresh) - made, len(customer_ids) - len(fresh))


def note_leased(session: Session, *, context: Context, terms: Lending, leased: Leased) -> None:
    details = {"made": leased.made, "kept": leased.kept, "expires_at": terms.expires_at.isoformat()}
    subject = ("engagement", terms.engagement.id)
    audit.append(session, context=context, action="customers.leased", subject=subject, details=details)


def check_period(engagement: Engagement, until: datetime, *, context: Context) -> None:
    """A lease ends ahead, and not after its engagement. Raises Invalid; the trail keeps who asked for more than the contract."""
    if until <= datetime.now(UTC):
        raise Invalid(N_("The lease would have ended before it begins."), field="expires_at")
    if engagement.ends_at is not None and until > engagement.ends_at:
        raise evident(
            Invalid(N_("The engagement ends before that."), field="expires_at"), context=context, action="customers.leased",
            reason="beyond_contract", subject=("engagement", engagement.id),
        )  # fmt: skip


def _end_expired(session: Session, engagement_id: UUID, customer_ids: Sequence[UUID]) -> None:
    """Close leases that ran out, so that the customers can be lent anew."""
    session.execute(
        update(Lease)
        .where(
            Lease.engagement_id == engagement_id,
            Lease.customer_id == any_(cast(customer_ids, ARRAY(Uuid))),
            Lease.ended_at.is_(None),
            Lease.expires_at <= func.now(),
        )
        .values(ended_at=Lease.expires_at, end_reason="expired"),
        execution_options={"synchronize_session": False},
    )


def end_leases(session: Session, *, context: Context, engagement_id: UUID, reason: str) -> int:
    """Take every customer of an engagement back, at once. How many leases ended."""
    engagement = lending(session, context, engagement_id)
    refuse_narrowed(session)
    if not reason.strip():
        raise Invalid(N_("Say why: both sides see it in the audit trail."), field="reason")
    ended = session.execute(
        update(Lease)
        .where(Lease.engagement_id == engagement.id, Lease.ended_at.is_(None))
        .values(ended_at=func.now(), end_reason=reason.strip(), version=Lease.version + 1)
        .returning(Lease.id),
        execution_options={"synchronize_session": False},
    ).all()
    audit.append(
        session,
        context=context,
        action="leases.ended",
        subject=("engagement", engagement.id),
        details={"count": len(ended)},
    )
    bus.emit(session, LeasesEnded(context=context, subject=engagement.id, count=len(ended)))
    return len(ended)


def lending(session: Session, context: Context, engagement_id: UUID) -> Engagement:
    """An engagement to which customers may be lent. Raises Denied, NotFound, Conflict."""
    if context.party == "provider":
        raise Denied(N_("Only the client can do this."))
    engagement = session.scalar(select(Engagement).where(Engagement.id == engagement_id))
    if engagement is None:
        raise NotFound
    if engagement.state not in WORKING:
        raise Conflict(N_("The engagement is not working, so nothing can be leased to it."))
    return engagement
