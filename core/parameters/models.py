"""A tenant's own value of a parameter, asked for by one person and approved by another."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Date, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of
from core.db.walls import Walls


class ParameterOverride(TenantModel):
    """`key` is `<vertical>.<key>`; the period is half-open. An approved one is never changed, only ended by a later one."""

    __tablename__ = "parameter_override"
    __walls__: ClassVar[Walls] = Walls(provider="tenant", extra="state = 'approved'", deletable=False)
    __table_args__ = (
        one_of("state", "requested", "approved", "refused", "withdrawn"),
        Index("ix_parameter_override_key", "tenant_id", "key", "effective_from"),
    )

    key: Mapped[str]
    jurisdiction: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)
    effective_from: Mapped[date] = mapped_column(Date)
    effective_to: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str]
    state: Mapped[str]
    requested_by: Mapped[UUID | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
