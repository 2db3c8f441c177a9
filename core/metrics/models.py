"""The meter reading: a KPI's value as it was measured, with everything needed to explain it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel
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
