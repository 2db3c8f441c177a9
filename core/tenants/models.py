"""Tables of tenants, the steps of their life, their addresses, enabled verticals, units and running numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Model, TenantModel, new_id, one_of, references
from core.db.walls import Walls


class Tenant(Model):
    """An organisation on the platform. `kinds` is a set within {client, provider}; the party comes from the engagement.

    `tailoring` counts the changes of its configuration; 0 means that it uses its verticals as they come. `state` moves by
    `tenants.life` only; `state_before` is where calling back leads from closing.
    """

    __tablename__ = "tenant"
    __walls__ = Walls(
        key="id", provider="tenant", append_only=False, deletable=False, auth="SELECT, INSERT, UPDATE, DELETE"
    )
    __table_args__ = (one_of("state", "trial", "active", "suspended", "closing", "deleted"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    legal_name: Mapped[str | None]
    uscc: Mapped[str | None]
    lei: Mapped[str | None]
    kinds: Mapped[list[str]]
    state: Mapped[str] = mapped_column(server_default="active")
    state_since: Mapped[datetime] = mapped_column(server_default=func.now())
    state_before: Mapped[str | None]
    trial_ends_at: Mapped[datetime | None]
    erase_after: Mapped[datetime | None]
    country: Mapped[str] = mapped_column(server_default="CN")
    locale: Mapped[str] = mapped_column(server_default="zh-CN")
    time_zone: Mapped[str] = mapped_column(server_default="Asia/Shanghai")
    currency: Mapped[str] = mapped_column(server_default="CNY")
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    tailoring: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)


class Workspace(Model):
    """The address `/t/<slug>` of a tenant, or of one engagement as the provider sees it. Old slugs stay and redirect."""

    __tablename__ = "workspace"

    slug: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"), index=True)
    engagement_id: Mapped[UUID | None]
    current: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TenantChange(TenantModel):
    """One step of the tenant's life: which event moved it from where to where, and why. `party` is who did it."""

    __tablename__ = "tenant_change"
    __walls__: ClassVar[Walls] = Walls(append_only=True)
    __table_args__ = (Index("ix_tenant_change_time", "tenant_id", "occurred_at", "id"),)

    event: Mapped[str]
    source: Mapped[str]
    target: Mapped[str]
    party: Mapped[str]
    participant_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class TenantVertical(TenantModel):
    """A vertical a tenant has switched on. Switching off keeps the row and all data."""

    __tablename__ = "tenant_vertical"
    __walls__: ClassVar[Walls] = Walls(provider="tenant", auth="SELECT")
    __table_args__ = (UniqueConstraint("tenant_id", "key"),)

    key: Mapped[str]
    enabled: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Unit(TenantModel):
    """A node of the tenant's tree of branches, stores, dealers or teams; with an engagement, a team of its provider."""

    __tablename__ = "unit"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement", provider_writes=("INSERT", "UPDATE"), deletable=False, auth="SELECT"
    )
    __table_args__ = (
        references("unit", "parent_id", optional=True),
        references("engagement", "engagement_id", cascade=True),
        UniqueConstraint("tenant_id", "key"),
        Index("ix_unit_parent", "tenant_id", "parent_id"),
    )

    key: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[UUID | None]
    engagement_id: Mapped[UUID | None]
    archived_at: Mapped[datetime | None]


class TenantCounter(TenantModel):
    """The last running number given out per kind, so that a customer or case has one short enough for the phone."""

    __tablename__ = "tenant_counter"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT, INSERT, UPDATE")
    __table_args__ = (UniqueConstraint("tenant_id", "kind"),)

    kind: Mapped[str]
    value: Mapped[int] = mapped_column(BigInteger)


Index("ix_workspace_engagement", Workspace.tenant_id, Workspace.engagement_id)
