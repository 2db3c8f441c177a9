"""The relationship table: one row says `customer_id` is the role of `other_id`. The other side reads the inverse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from core.db.base import TenantModel, references
from core.db.merging import Merge
from core.db.walls import Walls, lease_exists


class Relationship(TenantModel):
    """From the first day to the last one, both counted; none: since ever, for good.

    A provider sees one only where both customers are leased to it: else the other end would tell of somebody it has not got.
    """

    __tablename__ = "relationship"
    __walls__: ClassVar[Walls] = Walls(provider="leased", extra=lease_exists("relationship", "other_id"))
    __merge__: ClassVar[Mapping[str, Merge]] = {
        "customer_id": Merge(how="keep_one", by=("other_id", "role"), where="ends_on IS NULL"),
        "other_id": Merge(how="keep_one", by=("customer_id", "role"), where="ends_on IS NULL"),
    }
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        references("customer", "other_id", cascade=True),
        Index("ix_relationship_customer", "tenant_id", "customer_id", "role"),
        Index("ix_relationship_other", "tenant_id", "other_id", "role"),
        Index(
            "uq_relationship_standing", "tenant_id", "customer_id", "other_id", "role", unique=True,
            postgresql_where=text("ends_on IS NULL"),
        ),
    )  # fmt: skip

    customer_id: Mapped[UUID]
    other_id: Mapped[UUID]
    role: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    note: Mapped[str | None]
    source: Mapped[str | None]
