"""Tables of lists: saved views, who sees which first, and the rows of an act on many."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import Merge
from core.db.walls import Walls


class SavedView(TenantModel):
    """What a list's address asks, under a name. `roles` are those it is shared with; none: its owner's alone.

    A provider's people keep their own, which the client does not see in its lists. One that was removed can be brought back.
    """

    __tablename__ = "saved_view"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement", provider_writes=("INSERT", "UPDATE", "DELETE"), signed=True
    )
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("participant", "owner_id", cascade=True),
        Index("ix_saved_view_target", "tenant_id", "target", "removed_at"),
    )

    target: Mapped[str]
    name: Mapped[str]
    owner_id: Mapped[UUID]
    engagement_id: Mapped[UUID | None]
    roles: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    query: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    removed_at: Mapped[datetime | None]


class DefaultView(TenantModel):
    """The view with which a list opens for a person."""

    __tablename__ = "default_view"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement", provider_writes=("INSERT", "UPDATE", "DELETE"), signed=True
    )
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("participant", "participant_id", cascade=True),
        references("saved_view", "view_id", cascade=True),
        UniqueConstraint("tenant_id", "participant_id", "target"),
    )

    participant_id: Mapped[UUID]
    engagement_id: Mapped[UUID | None]
    target: Mapped[str]
    view_id: Mapped[UUID]


class ListRow(TenantModel):
    """One row that an act on many is about. `row_version` is the version that was looked at: one that moved on is left."""

    __tablename__ = "list_row"
    __walls__: ClassVar[Walls] = Walls()
    __merge__: ClassVar[Merge] = Merge(how="stay", reason="which rows an act was about, as they then were")
    __table_args__ = (
        references("bulk_run", "run_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        one_of("outcome", "waiting", "possible", "same", "refused", "done"),
        UniqueConstraint("tenant_id", "run_id", "position"),
        Index("ix_list_row_customer", "tenant_id", "customer_id"),
    )

    run_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(BigInteger)
    row_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    row_version: Mapped[int]
    outcome: Mapped[str] = mapped_column(server_default="waiting")
    problem: Mapped[dict[str, Any] | None]
