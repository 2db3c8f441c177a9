"""The decision table: what was asked, what each rule said and why, so that a decision can be shown and replayed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.walls import ENGAGEMENT, Walls


class GateDecision(TenantModel):
    """A verdict is a value: a deny commits. `reasons` are `[{rule, verdict, code, text, citation, parameters}]`."""

    __tablename__ = "gate_decision"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased", extra=f"engagement_id = {ENGAGEMENT}", provider_writes=("INSERT",), append_only=True
    )
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        one_of("verdict", "allow", "warn", "defer", "hold", "deny"),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_gate_decision_customer", "tenant_id", "customer_id", "decided_at"),
        Index("ix_gate_decision_time", "tenant_id", "decided_at", "id"),
    )

    number: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[UUID]
    action: Mapped[str]
    purpose: Mapped[str]
    channel: Mapped[str]
    verdict: Mapped[str]
    until: Mapped[datetime | None]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    subject: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    rules: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    decided_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    party: Mapped[str]
    participant_id: Mapped[UUID | None]
    engagement_id: Mapped[UUID | None]
