"""Visits of a pet, one table of the vertical's own."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped

from core.db import TenantModel, Walls, references


class Visit(TenantModel):
    __tablename__ = "petcare_visit"
    __walls__: ClassVar[Walls] = Walls(provider="leased")
    __table_args__ = (references("customer", "customer_id", cascade=True),)

    customer_id: Mapped[UUID]
    visited_on: Mapped[date]
    note: Mapped[str | None]
