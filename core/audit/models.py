"""The audit table. Rows hold ids, field names and keyed digests, never values; they are only ever appended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of
from core.db.walls import ENGAGEMENT, Walls


class AuditEntry(TenantModel):
    """One act or refusal. `outcome` is done, denied or failed."""

    __tablename__ = "audit_entry"
    __walls__: ClassVar[Walls] = Walls(
        append_only=True, provider="tenant", extra=f"engagement_id = {ENGAGEMENT}", provider_writes=("INSERT",)
    )
    __table_args__ = (
        one_of("outcome", "done", "denied", "failed"),
        Index("ix_audit_entry_time", "tenant_id", "occurred_at", "id"),
        Index("ix_audit_entry_subject", "tenant_id", "subject_type", "subject_id", "occurred_at"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    action: Mapped[str]
    outcome: Mapped[str] = mapped_column(server_default="done")
    reason: Mapped[str | None]
    participant_id: Mapped[UUID | None]
    party: Mapped[str]
    engagement_id: Mapped[UUID | None]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID | None]
    fields: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    request_id: Mapped[str | None]
