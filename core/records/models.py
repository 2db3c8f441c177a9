"""Tables of records of every type, the identifiers they are known by and the readings of their counters."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.slots import Slots, slot_indexes
from core.db.walls import Walls, lease_exists

SEEN = "exposure = 'shared' OR (exposure = 'leased' AND {lease})"


class Record(Slots, TenantModel):
    """A line, loan, shipment, unit or vehicle. `exposure` is its type's: leased, shared or client_only.

    `history` says which states it came into and when, `[{"state", "at"}]` in order of time: its clocks rest on it.
    """

    __tablename__ = "record"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant",
        extra=SEEN.format(lease=lease_exists("record", "customer_id")),
        provider_writes=("UPDATE",),
        auth="SELECT",
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", optional=True),
        references("record", "parent_id", optional=True),
        references("unit", "unit_id", optional=True),
        one_of("exposure", "leased", "shared", "client_only"),
        UniqueConstraint("tenant_id", "type", "number"),
        Index("ix_record_customer", "tenant_id", "customer_id", "type"),
        Index("ix_record_parent", "tenant_id", "parent_id"),
        Index("ix_record_state", "tenant_id", "type", "state", "id"),
        *slot_indexes("record"),
    )

    type: Mapped[str]
    number: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[UUID | None]
    parent_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    state: Mapped[str]
    exposure: Mapped[str] = mapped_column(server_default="leased")
    occurred_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    history: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))


class RecordIdentifier(TenantModel):
    """What a record is known by: number, serial, plate. Unique per type and scheme inside a tenant."""

    __tablename__ = "record_identifier"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant", extra=SEEN.format(lease=lease_exists("record_identifier", "customer_id"))
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("record", "record_id", cascade=True),
        references("customer", "customer_id", optional=True),
        one_of("exposure", "leased", "shared", "client_only"),
        UniqueConstraint("tenant_id", "type", "scheme", "value_key"),
        Index("ix_record_identifier_record", "tenant_id", "record_id"),
    )

    record_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    exposure: Mapped[str] = mapped_column(server_default="leased")
    type: Mapped[str]
    scheme: Mapped[str]
    value_key: Mapped[str]
    value: Mapped[str]


class RecordReading(TenantModel):
    """One reading of a counter of a record, such as an odometer. Only ever added to; a wrong one is answered by a later one.

    `status` says what the counter itself went through: `original`, `replaced`, `rolledover`, or `unknown`. `customer_id` is
    who held the record then; a later holder's provider sees the whole series, the former one's none of it.
    """

    __tablename__ = "record_reading"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant",
        extra="EXISTS (SELECT FROM record r WHERE r.tenant_id = record_reading.tenant_id AND r.id = record_reading.record_id)",
        append_only=True,
    )
    __merge__: ClassVar[Merge] = Merge(how="stay", reason="who held the record when its counter was read")
    __table_args__ = (
        references("record", "record_id", cascade=True),
        references("customer", "customer_id", optional=True),
        one_of("exposure", "leased", "shared", "client_only"),
        one_of("status", "original", "replaced", "rolledover", "unknown"),
        Index("ix_record_reading_series", "tenant_id", "record_id", "counter", "read_at", "id"),
    )

    record_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    exposure: Mapped[str] = mapped_column(server_default="leased")
    counter: Mapped[str]
    value: Mapped[int] = mapped_column(BigInteger)
    read_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(server_default="original")
    source: Mapped[str] = mapped_column(server_default="")
    participant_id: Mapped[UUID | None]
