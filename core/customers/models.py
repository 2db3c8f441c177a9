"""Tables of the customer and the identifiers other systems know it by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.slots import Slots, slot_indexes
from core.db.walls import Walls
from core.fields.sounded import Sounded, names_index


class Customer(Sounded, Slots, TenantModel):
    """A customer of the client. `phone` and `email` repeat the preferred contact points, kept by `contacts.service`.

    `currency` is the one they prefer. `attributes` is `{"<vertical>": {"<field>": value}}`.
    `data_key` seals what must stay secret; erasure destroys it.
    """

    __tablename__ = "customer"
    __walls__: ClassVar[Walls] = Walls(provider="leased", customer="id", deletable="made", search=True)
    __merge__: ClassVar[Merge] = Merge(
        how="stay", reason="a merged customer leads to the one it went into, step by step"
    )
    __table_args__ = (
        one_of("kind", "person", "organisation", "household"),
        one_of("state", "active", "merged", "archived", "erased"),
        references("customer", "merged_into_id", optional=True),
        references("unit", "unit_id", optional=True),
        references("participant", "owner_id", optional=True),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_customer_name", "tenant_id", "name_key", "id", postgresql_ops={"name_key": "text_pattern_ops"}),
        Index("ix_customer_updated", "tenant_id", "updated_at", "id"),
        Index("ix_customer_owner", "tenant_id", "owner_id", "id", postgresql_where=text("owner_id IS NOT NULL")),
        Index("ix_customer_unit", "tenant_id", "unit_id", "id", postgresql_where=text("unit_id IS NOT NULL")),
        Index("ix_customer_grade", "tenant_id", "grade", "id", postgresql_where=text("grade IS NOT NULL")),
        names_index("customer"),
        *slot_indexes("customer"),
    )

    number: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(server_default="person")
    state: Mapped[str] = mapped_column(server_default="active")
    name: Mapped[str]
    name_key: Mapped[str]
    salutation: Mapped[str | None]
    born_on: Mapped[date | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    address: Mapped[str | None]
    country: Mapped[str | None]
    region: Mapped[str | None]
    time_zone: Mapped[str | None]
    locale: Mapped[str | None]
    currency: Mapped[str | None]
    owner_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    merged_into_id: Mapped[UUID | None]
    grade: Mapped[str | None]
    legal_hold: Mapped[bool] = mapped_column(server_default=text("false"))
    erased_at: Mapped[datetime | None]
    data_key: Mapped[bytes | None] = mapped_column(BYTEA, deferred=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class CustomerIdentifier(TenantModel):
    """What another system calls the customer. Of documents and cards: digest, ciphertext and masked form."""

    __tablename__ = "customer_identifier"
    __walls__: ClassVar[Walls] = Walls(provider="leased")
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        UniqueConstraint("tenant_id", "scheme", "value_key"),
        Index("ix_customer_identifier_customer", "tenant_id", "customer_id"),
    )

    customer_id: Mapped[UUID]
    scheme: Mapped[str]
    value_key: Mapped[str]
    value: Mapped[str | None]
    sealed: Mapped[bytes | None] = mapped_column(BYTEA)
    shown: Mapped[str]
    verified_at: Mapped[datetime | None]
    source: Mapped[str | None]
