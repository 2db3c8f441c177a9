"""What somebody opened out of a search last: their own, and only ids."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import Merge
from core.db.walls import ENGAGEMENT, Walls


class SearchRecent(TenantModel):
    """One row that one person opened. `customer_id` is whose it is: with the customer it goes, and is seen while it is lent.

    A record of nobody has none; a provider does not keep those.
    """

    __tablename__ = "search_recent"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased",
        extra=f"engagement_id = {ENGAGEMENT}",
        provider_writes=("INSERT", "UPDATE"),
        signed=True,
    )
    __merge__: ClassVar[Merge] = Merge(
        how="stay", reason="what somebody opened, for some days; it leads to the survivor"
    )
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        references("participant", "participant_id", cascade=True),
        one_of("kind", "customer", "contact", "record", "case"),
        UniqueConstraint("tenant_id", "participant_id", "subject_id", name="uq_search_recent_subject"),
        Index("ix_search_recent_mine", "tenant_id", "participant_id", "opened_at"),
        Index("ix_search_recent_customer", "tenant_id", "customer_id"),
    )

    participant_id: Mapped[UUID]
    engagement_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    opened_at: Mapped[datetime] = mapped_column()
