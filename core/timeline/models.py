"""The timeline table. An entry keeps a message id and its values; its words are made in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Computed, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.walls import ENGAGEMENT, Walls


class TimelineEntry(TenantModel):
    """One happening. What the stream is filtered by stands in its index, so that entries left out are not read.

    `visibility` client hides it from providers; a provider never sees another provider's entries.
    """

    __tablename__ = "timeline_entry"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased",
        extra=f"visibility = 'shared' AND (engagement_id IS NULL OR engagement_id = {ENGAGEMENT})",
        provider_writes=("INSERT",),
        signed=True,
        deletable=False,
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        one_of("visibility", "shared", "client"),
        one_of("party", "client", "provider", "system"),
        Index(
            "ix_timeline_entry_stream", "tenant_id", "customer_id", "occurred_at", "id", "noun", "party", "channel",
            "participant_id", "subject_id",
        ),
    )  # fmt: skip

    customer_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    kind: Mapped[str]
    noun: Mapped[str | None] = mapped_column(Computed("split_part(kind, '.', 1)", persisted=True))
    channel: Mapped[str | None]
    message: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    note: Mapped[str | None]
    tone: Mapped[str] = mapped_column(server_default="info")
    icon: Mapped[str] = mapped_column(server_default="info")
    party: Mapped[str]
    participant_id: Mapped[UUID | None]
    shown_name: Mapped[str] = mapped_column(server_default="")
    engagement_id: Mapped[UUID | None]
    visibility: Mapped[str] = mapped_column(server_default="shared")
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
