"""A tenant's own exceptions to the public calendar of a country."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import Date, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of
from core.db.walls import Walls


class CalendarDay(TenantModel):
    """One day on which a tenant works, or does not, other than the country's calendar says. `calendar` is a country code."""

    __tablename__ = "calendar_day"
    __walls__: ClassVar[Walls] = Walls(provider="tenant")
    __table_args__ = (one_of("kind", "work", "off"), UniqueConstraint("tenant_id", "calendar", "day"))

    calendar: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str]
    name: Mapped[str]
