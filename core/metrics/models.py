"""Readings of KPIs, with everything needed to explain them: the latest, those kept for good, and what is not counted yet.

1. A change of customers adds an uncounted change in its own transaction.  2. A recount takes these away, counts, and writes
the latest readings: one for the client, one for each engagement over what is leased to it.  3. Once a day the client's are
kept as meter readings.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, references
from core.db.walls import Walls


class MeterReading(TenantModel):
    """`value` is numerator / denominator and is not stored: with a zero denominator there is no data, never 0."""

    __tablename__ = "meter_reading"
    __walls__: ClassVar[Walls] = Walls(append_only=True)
    __table_args__ = (Index("ix_meter_reading_kpi", "tenant_id", "kpi", "cut_at"),)

    kpi: Mapped[str]
    formula_version: Mapped[int]
    numerator: Mapped[int] = mapped_column(BigInteger)
    denominator: Mapped[int] = mapped_column(BigInteger)
    cut_at: Mapped[datetime]
    inputs: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class LatestReading(TenantModel):
    """What pages, CSV and API show. Without an engagement it is the client's own; with one, over its live leases.

    `cut_at`: all that was committed before is counted. `good_until`: the next lease to expire. `took_ms` paces the recounts.
    """

    __tablename__ = "latest_reading"
    __walls__: ClassVar[Walls] = Walls(provider="engagement")
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        UniqueConstraint("tenant_id", "engagement_id", "kpi", postgresql_nulls_not_distinct=True),
    )

    engagement_id: Mapped[UUID | None]
    kpi: Mapped[str]
    formula_version: Mapped[int]
    numerator: Mapped[int] = mapped_column(BigInteger)
    denominator: Mapped[int] = mapped_column(BigInteger)
    cut_at: Mapped[datetime]
    good_until: Mapped[datetime | None]
    took_ms: Mapped[int]
    inputs: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class UncountedChange(TenantModel):
    """Customers or leases changed since the latest readings. It says no more: whoever may see a reading may see this."""

    __tablename__ = "uncounted_change"
    __walls__: ClassVar[Walls] = Walls(provider="tenant", provider_writes=("INSERT",))
