"""Tables of a tenant's single sign-on: its identity provider, the domains it has proved, and whom the provider calls what."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, references
from core.db.walls import Walls


class IdentityProvider(TenantModel):
    """An OpenID provider (OpenID Connect Core 1.0). `secret` is sealed; `roles` is what a person made on first sign-in gets."""

    __tablename__ = "identity_provider"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT")
    __table_args__ = (UniqueConstraint("tenant_id", "issuer", "client_id"),)

    name: Mapped[str]
    issuer: Mapped[str]
    client_id: Mapped[str]
    secret: Mapped[bytes | None] = mapped_column(BYTEA)
    enabled: Mapped[bool] = mapped_column(server_default=text("false"))
    makes_people: Mapped[bool] = mapped_column(server_default=text("false"))
    roles: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    proved_at: Mapped[datetime | None]


class EmailDomain(TenantModel):
    """A domain of e-mail addresses. Only once it is `verified_at` a provider or SCIM client of the tenant may name its people."""

    __tablename__ = "email_domain"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT")
    __table_args__ = (UniqueConstraint("tenant_id", "domain"), Index("ix_email_domain_domain", "domain"))

    domain: Mapped[str]
    token: Mapped[str]
    verified_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]


class ExternalIdentity(TenantModel):
    """Whom a provider means by a `subject`: one participant of this tenant."""

    __tablename__ = "external_identity"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (
        references("identity_provider", "provider_id", cascade=True),
        references("participant", "participant_id", cascade=True),
        UniqueConstraint("tenant_id", "provider_id", "subject"),
    )

    provider_id: Mapped[UUID]
    participant_id: Mapped[UUID]
    subject: Mapped[str]
    seen_at: Mapped[datetime | None]
