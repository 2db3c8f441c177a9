"""The attachment table. The bytes lie in the file store under the row's id; the name is shown, never used as a path."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.walls import ENGAGEMENT, Walls


class Attachment(TenantModel):
    """A file on a customer, or on one of its cases. A removed one is kept for a while, so that it can be put back.

    A provider sees what is shared with it, and what its own people attached; never what another provider did.
    """

    __tablename__ = "attachment"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased",
        extra=f"visibility = 'shared' AND removed_at IS NULL AND (engagement_id IS NULL OR engagement_id = {ENGAGEMENT})",
        provider_writes=("INSERT",),
        signed=True,
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        references("case", "case_id", optional=True),
        one_of("visibility", "shared", "client"),
        one_of("party", "client", "provider", "system"),
        Index("ix_attachment_customer", "tenant_id", "customer_id", "id"),
        Index("ix_attachment_case", "tenant_id", "case_id", "id", postgresql_where=text("case_id IS NOT NULL")),
        Index("ix_attachment_removed", "tenant_id", "removed_at", postgresql_where=text("removed_at IS NOT NULL")),
    )

    customer_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    name: Mapped[str]
    note: Mapped[str | None]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    party: Mapped[str]
    participant_id: Mapped[UUID | None]
    shown_name: Mapped[str] = mapped_column(server_default="")
    engagement_id: Mapped[UUID | None]
    visibility: Mapped[str] = mapped_column(server_default="client")
    removed_at: Mapped[datetime | None]
