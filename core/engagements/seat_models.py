"""Tables of where a provider's people sit and what they are trained for, and of entries that were refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.walls import Walls
from core.engagements.models import EMPTY

SITE_KINDS = ("onsite_client", "provider_site", "home", "offshore")
SEAT_STATES = ("waiting", "active", "blocked")


class Site(TenantModel):
    """A place where customers are seen: a floor of the provider, the client's own, a home."""

    __tablename__ = "site"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", provider_writes=("INSERT", "UPDATE"), auth="SELECT")
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        one_of("kind", *SITE_KINDS),
        UniqueConstraint("tenant_id", "engagement_id", "name"),
    )

    engagement_id: Mapped[UUID]
    name: Mapped[str]
    country: Mapped[str]
    city: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str] = mapped_column(server_default="provider_site")
    closed_at: Mapped[datetime | None]


class Seat(TenantModel):
    """One seat of a site: known by its network, by a device that was enrolled there, or by both. The country is the site's."""

    __tablename__ = "seat"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", provider_writes=("INSERT", "UPDATE"), auth="SELECT")
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("site", "site_id", cascade=True),
        one_of("state", *SEAT_STATES),
        UniqueConstraint("tenant_id", "engagement_id", "label"),
        CheckConstraint("network = network::cidr::text", name="network"),
        Index("ix_seat_device", "tenant_id", "engagement_id", "device"),
    )

    engagement_id: Mapped[UUID]
    site_id: Mapped[UUID]
    label: Mapped[str]
    country: Mapped[str]
    network: Mapped[str | None]
    needs_device: Mapped[bool] = mapped_column(server_default=text("false"))
    device: Mapped[bytes | None] = mapped_column(BYTEA)
    enrolled_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default="waiting")


class AgentProfile(TenantModel):
    """What a provider's person is trained for, in which languages, and since when they are bound to secrecy."""

    __tablename__ = "agent_profile"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", provider_writes=("INSERT", "UPDATE"), auth="SELECT")
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("participant", "participant_id", cascade=True),
        references("site", "site_id", optional=True),
        UniqueConstraint("tenant_id", "engagement_id", "participant_id"),
    )

    engagement_id: Mapped[UUID]
    participant_id: Mapped[UUID]
    site_id: Mapped[UUID | None]
    skills: Mapped[list[str]] = mapped_column(server_default=EMPTY)
    languages: Mapped[list[str]] = mapped_column(server_default=EMPTY)
    certificates: Mapped[list[dict[str, Any]]] = mapped_column(server_default=EMPTY)
    nda_signed_on: Mapped[date | None]
    checked_on: Mapped[date | None]


class RefusedEntry(TenantModel):
    """Somebody was refused the customers for where they were, or what they lack: one row a day for each person and reason."""

    __tablename__ = "refused_entry"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", provider_writes=("INSERT", "UPDATE"))
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("participant", "participant_id", cascade=True),
        UniqueConstraint("tenant_id", "participant_id", "reason", "day"),
    )

    engagement_id: Mapped[UUID]
    participant_id: Mapped[UUID]
    reason: Mapped[str]
    day: Mapped[date]
    times: Mapped[int] = mapped_column(server_default=text("1"))
    seat_label: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str] = mapped_column(server_default="")
