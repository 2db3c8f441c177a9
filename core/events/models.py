"""Events kept for those who hear of them after the act: the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel
from core.db.walls import ENGAGEMENT, Walls


class OutboxEvent(TenantModel):
    """One event that somebody hears of in a job: its public payload, ids and field names only. `id` is the event's."""

    __tablename__ = "outbox_event"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant", extra=f"engagement_id = {ENGAGEMENT}", provider_writes=("INSERT",), append_only=False,
        auth="SELECT, DELETE",
    )  # fmt: skip
    __table_args__ = (Index("ix_outbox_event_time", "tenant_id", "occurred_at", "id"),)

    name: Mapped[str]
    event_version: Mapped[int]
    occurred_at: Mapped[datetime]
    party: Mapped[str]
    participant_id: Mapped[UUID | None]
    engagement_id: Mapped[UUID | None]
    subject_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
