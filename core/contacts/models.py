"""Tables of contacts, contact points, consents and do-not-contact entries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.walls import Walls
from core.fields.sounded import Sounded, names_index

CHANNELS = ("phone", "sms", "email", "post", "chat", "visit", "any")
PURPOSES = ("service", "marketing", "retention", "survey", "collections", "recall", "any")
VERIFIED_HOW = ("call", "code", "letter", "document", "visit", "other")
STALE_REASONS = ("unreachable", "bounced", "not_theirs", "moved", "said_so")


class Contact(Sounded, TenantModel):
    """A person one can reach at a customer: the customer itself, or somebody of an organisation."""

    __tablename__ = "contact"
    __walls__: ClassVar[Walls] = Walls(provider="leased", search=True)
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        Index("ix_contact_customer", "tenant_id", "customer_id"),
        Index("ix_contact_name", "tenant_id", "name_key", "id", postgresql_ops={"name_key": "text_pattern_ops"}),
        names_index("contact"),
    )

    customer_id: Mapped[UUID]
    name: Mapped[str]
    name_key: Mapped[str]
    role: Mapped[str | None]
    locale: Mapped[str | None]
    preferred: Mapped[bool] = mapped_column(server_default=text("false"))


class ContactPoint(TenantModel):
    """A number or address of a customer. `value` is canonical (E.164 for phones), `value_key` what is compared.

    Of a structured address `parts` holds country, region, city, district, street and postal code; `value` is its one line.
    """

    __tablename__ = "contact_point"
    __walls__: ClassVar[Walls] = Walls(provider="leased", auth="SELECT", search=True)
    __merge__: ClassVar[Merge] = Merge(
        how="keep_one",
        by=("kind", "value_key"),
        fill=("verified_at", "verified_how", "verified_by", "label", "source", "parts"),
    )
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        references("contact", "contact_id", optional=True),
        references("participant", "verified_by", optional=True),
        one_of("kind", "phone", "email", "address", "chat"),
        one_of("verified_how", *VERIFIED_HOW),
        one_of("stale_reason", *STALE_REASONS),
        UniqueConstraint("tenant_id", "customer_id", "kind", "value_key"),
        Index("ix_contact_point_value", "tenant_id", "kind", "value_key"),
        Index(
            "ix_contact_point_tail",
            "tenant_id",
            literal_column("reverse(value_key)").label("tail"),
            postgresql_where=text("kind = 'phone'::text"),
            postgresql_ops={"tail": "text_pattern_ops"},
        ),
    )

    customer_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    kind: Mapped[str]
    value: Mapped[str]
    value_key: Mapped[str]
    label: Mapped[str | None]
    preferred: Mapped[bool] = mapped_column(server_default=text("false"))
    verified_at: Mapped[datetime | None]
    verified_how: Mapped[str | None]
    verified_by: Mapped[UUID | None]
    stale_since: Mapped[datetime | None]
    stale_reason: Mapped[str | None]
    parts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    source: Mapped[str | None]


class Consent(TenantModel):
    """What a customer agreed to or refused, per purpose and channel, with its evidence. The latest row counts."""

    __tablename__ = "consent"
    __walls__: ClassVar[Walls] = Walls(provider="leased", provider_writes=("INSERT",), deletable="made")
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        one_of("status", "granted", "withdrawn", "refused", "expired", "never"),
        one_of("purpose", *PURPOSES),
        one_of("channel", *CHANNELS),
        Index("ix_consent_customer", "tenant_id", "customer_id", "purpose", "channel", "captured_at"),
    )

    customer_id: Mapped[UUID]
    purpose: Mapped[str]
    channel: Mapped[str]
    status: Mapped[str]
    basis: Mapped[str] = mapped_column(server_default="consent")
    captured_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    evidence: Mapped[str | None]
    text_version: Mapped[str | None]
    source: Mapped[str | None]


class DoNotContact(TenantModel):
    """A customer, or a bare number, that must not be contacted, per purpose and channel, until `until`."""

    __tablename__ = "do_not_contact"
    __walls__: ClassVar[Walls] = Walls(provider="leased", provider_writes=("INSERT",), auth="SELECT")
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        one_of("purpose", *PURPOSES),
        one_of("channel", *CHANNELS),
        Index("ix_do_not_contact_customer", "tenant_id", "customer_id"),
        Index("ix_do_not_contact_value", "tenant_id", "value_key"),
    )

    customer_id: Mapped[UUID | None]
    value_key: Mapped[str | None]
    purpose: Mapped[str] = mapped_column(server_default="any")
    channel: Mapped[str] = mapped_column(server_default="any")
    reason: Mapped[str]
    source: Mapped[str | None]
    until: Mapped[datetime | None]
