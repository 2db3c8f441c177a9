"""Tables of the two-party model: the engagement, what data it grants, and which customers are leased to it until when."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.walls import ENGAGEMENT, Walls

STATES = (
    "idea", "business_case", "sourcing", "due_diligence", "contracting", "transition", "live", "remediation",
    "suspended", "renewing", "exiting", "closed",
)  # fmt: skip


class Engagement(TenantModel):
    """One outsourcing relation. `tenant_id` is the client, `provider_tenant_id` the provider; either may read it."""

    __tablename__ = "engagement"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant", extra=f'"engagement".id = {ENGAGEMENT}', partner="provider_tenant_id", auth="SELECT"
    )
    __table_args__ = (one_of("state", *STATES), Index("ix_engagement_provider", "provider_tenant_id"))

    provider_tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    provider_name: Mapped[str]
    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="")
    service_lines: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    state: Mapped[str] = mapped_column(server_default="live")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]


class DataGrant(TenantModel):
    """What an engagement may see: purpose, fields with masks, countries, expiry (PIPL article 21)."""

    __tablename__ = "data_grant"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", partner="provider_tenant_id", auth="SELECT")
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        one_of(
            "state", "requested", "dpo_check", "approved", "active", "expiring", "revoked", "expired", "purge_proved"
        ),
    )

    provider_tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    engagement_id: Mapped[UUID]
    purpose: Mapped[str]
    fields: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    countries: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    row_budget: Mapped[int | None]
    state: Mapped[str] = mapped_column(server_default="active")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Lease(TenantModel):
    """One customer lent to one engagement until `expires_at`. Live while `ended_at` is null and the expiry is ahead."""

    __tablename__ = "lease"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", deletable=False, auth="SELECT")
    __table_args__ = (
        references("engagement", "engagement_id"),
        references("customer", "customer_id", cascade=True),
        Index(
            "uq_lease_live",
            "tenant_id",
            "customer_id",
            "engagement_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_lease_engagement", "tenant_id", "engagement_id", "customer_id", "expires_at"),
    )

    engagement_id: Mapped[UUID]
    provider_tenant_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    purpose: Mapped[str]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
