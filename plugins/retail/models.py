"""The books of points: lots of points as they were earned, and entries that move points between accounts.

An entry has the account it takes from and the one it gives to, so each is balanced in itself: what an account holds is what
came in less what went out. Nothing is ever changed or taken away; a mistake is corrected by an entry the other way. A provider
sees the books of the memberships it sees: the wall of `record` stands inside theirs.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import REPOINT, Merge, TenantModel, Walls, one_of, references

ACCOUNTS = ("issued", "pending", "available", "reserved", "redeemed", "expired", "reversed", "debt")
"""`issued` is the shop's side, which owes the points. `debt` is what a member owes, below zero until it is settled."""

KINDS = ("earn", "mature", "reserve", "release", "redeem", "restore", "expire", "reverse", "settle")


class PointsLot(TenantModel):
    """Points earned at once, by an order or by hand. They mature when the goods can go back no more, and may expire."""

    __tablename__ = "retail_points_lot"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant",
        extra="EXISTS (SELECT FROM record r WHERE r.tenant_id = retail_points_lot.tenant_id AND r.id = membership_id)",
        provider_writes=("INSERT",),
        append_only=True,
        follows=True,
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("record", "membership_id", cascade=True),
        references("record", "order_id", optional=True),
        references("customer", "customer_id", cascade=True),
        CheckConstraint("points > 0", name="points"),
        Index(
            "uq_retail_points_lot_order",
            "tenant_id",
            "order_id",
            unique=True,
            postgresql_where=text("order_id IS NOT NULL"),
        ),
        Index("ix_retail_points_lot_membership", "tenant_id", "membership_id"),
        Index("ix_retail_points_lot_customer", "tenant_id", "customer_id"),
    )

    membership_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    points: Mapped[int] = mapped_column(BigInteger)
    earned_on: Mapped[date] = mapped_column(Date)
    matures_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)


class PointsEntry(TenantModel):
    """Points moved from one account to another, of one lot. `reference` names the act; the same act is booked once only."""

    __tablename__ = "retail_points_entry"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant",
        extra="EXISTS (SELECT FROM record r WHERE r.tenant_id = retail_points_entry.tenant_id AND r.id = membership_id)",
        provider_writes=("INSERT",),
        append_only=True,
        follows=True,
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("record", "membership_id", cascade=True),
        references("retail_points_lot", "lot_id", cascade=True),
        references("retail_points_lot", "returned_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("source <> target", name="moves"),
        one_of("source", *ACCOUNTS),
        one_of("target", *ACCOUNTS),
        one_of("kind", *KINDS),
        Index(
            "uq_retail_points_entry_reference",
            "tenant_id",
            "membership_id",
            "reference",
            "lot_id",
            "source",
            "target",
            unique=True,
        ),
        Index("ix_retail_points_entry_lot", "tenant_id", "lot_id"),
        Index("ix_retail_points_entry_returned", "tenant_id", "returned_id"),
        Index("ix_retail_points_entry_customer", "tenant_id", "customer_id"),
    )

    membership_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    lot_id: Mapped[UUID]
    returned_id: Mapped[UUID | None]
    """The lot whose order went back, where points were taken for it, from this lot or from another."""

    kind: Mapped[str]
    source: Mapped[str]
    target: Mapped[str]
    points: Mapped[int] = mapped_column(BigInteger)
    booked_on: Mapped[date] = mapped_column(Date)
    reference: Mapped[str]
