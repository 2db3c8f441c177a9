"""The interaction table. Its provider sees its own engagement's and the client's, never another provider's."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.walls import ENGAGEMENT, Walls

PRECISIONS = ("second", "minute", "hour", "day", "month")


class Interaction(TenantModel):
    """`ungated` marks an outbound touch without a decision behind it. Durations are seconds.

    `precision` says how exactly `started_at` is known; of a month it is the first moment, in the workspace's zone.
    """

    __tablename__ = "interaction"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased",
        extra=f"engagement_id IS NULL OR engagement_id = {ENGAGEMENT}",
        provider_writes=("INSERT", "UPDATE"),
        signed=True,
        deletable=False,
        auth="SELECT",
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        references("gate_decision", "gate_decision_id", optional=True),
        references("participant", "agent_id", optional=True),
        one_of("direction", "inbound", "outbound"),
        one_of("party", "client", "provider", "system"),
        one_of("precision", *PRECISIONS),
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "gate_decision_id"),
        Index("ix_interaction_customer", "tenant_id", "customer_id", "started_at"),
        Index("ix_interaction_time", "tenant_id", "started_at", "id"),
    )

    number: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    contact_point_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    channel: Mapped[str]
    direction: Mapped[str]
    purpose: Mapped[str]
    number_shown: Mapped[str | None]
    started_at: Mapped[datetime]
    precision: Mapped[str] = mapped_column(server_default="second")
    ended_at: Mapped[datetime | None]
    queued_s: Mapped[int | None]
    ring_s: Mapped[int | None]
    talk_s: Mapped[int | None]
    hold_s: Mapped[int | None]
    wrap_s: Mapped[int | None]
    abandoned: Mapped[bool] = mapped_column(server_default=text("false"))
    disposition: Mapped[str]
    resolution: Mapped[str] = mapped_column(server_default="unknown")
    outcome: Mapped[str | None]
    next_step: Mapped[str | None]
    note: Mapped[str | None]
    ai_role: Mapped[str] = mapped_column(server_default="none")
    script_version: Mapped[str | None]
    recording: Mapped[str | None]
    gate_decision_id: Mapped[UUID | None]
    ungated: Mapped[bool] = mapped_column(server_default=text("false"))
    party: Mapped[str]
    agent_id: Mapped[UUID | None]
    engagement_id: Mapped[UUID | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
