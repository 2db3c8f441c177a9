"""Which sale has which unit: one open row for a unit, which the database itself keeps to one."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from core.db import REPOINT, Merge, TenantModel, Walls, references


class UnitHold(TenantModel):
    """A unit is taken from the subscription until the sale is cancelled; what is sold stays taken.

    A provider sees the holds of the cases it sees: the wall of `case` stands inside this one.
    """

    __tablename__ = "realestate_unit_hold"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased",
        extra='EXISTS (SELECT FROM "case" c WHERE c.tenant_id = realestate_unit_hold.tenant_id AND c.id = case_id)',
        provider_writes=("INSERT", "UPDATE"),
        deletable=False,
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("record", "unit_id", cascade=True),
        references("case", "case_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        Index(
            "uq_realestate_unit_hold_open",
            "tenant_id",
            "unit_id",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_realestate_unit_hold_case", "tenant_id", "case_id"),
        Index("ix_realestate_unit_hold_customer", "tenant_id", "customer_id"),
    )

    unit_id: Mapped[UUID]
    case_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    released_at: Mapped[datetime | None]
