"""The table of what a tenant decided about keeping: one row for each clock, once somebody or the nightly count touched it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.walls import Walls

MODES = ("ask", "policy")


class RetentionClock(TenantModel):
    """`mode`: a second person confirms each time (`ask`), or what falls due goes by itself (`policy`).

    `months` is the tenant's own time, else the parameter's. While `held_at` stands nothing goes. `due` was counted at
    `counted_at`; `run_id` is the last act.
    """

    __tablename__ = "retention_clock"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (
        UniqueConstraint("tenant_id", "clock"),
        one_of("mode", *MODES),
        references("bulk_run", "run_id", optional=True),
    )

    clock: Mapped[str]
    mode: Mapped[str] = mapped_column(server_default="ask", default="ask")
    months: Mapped[int | None]
    held_at: Mapped[datetime | None]
    held_by: Mapped[UUID | None]
    held_reason: Mapped[str | None]
    due: Mapped[int | None] = mapped_column(BigInteger)
    counted_at: Mapped[datetime | None]
    run_id: Mapped[UUID | None]
