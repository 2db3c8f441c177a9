"""The bulk run: one row that says how far a long act has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.walls import Walls


class BulkRun(TenantModel):
    """A long act of a tenant. `cursor` is where the next slice begins; counts told are counts done.

    One that a provider's people began works in the scope of their engagement, behind the same walls as they.
    """

    __tablename__ = "bulk_run"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", provider_writes=("INSERT", "UPDATE"), signed=True)
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        one_of("state", "waiting", "running", "done", "failed", "cancelled"),
        Index("ix_bulk_run_recent", "tenant_id", "kind", "created_at"),
    )

    kind: Mapped[str]
    engagement_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    cursor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    total: Mapped[int | None] = mapped_column(BigInteger)
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    error: Mapped[dict[str, Any] | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
