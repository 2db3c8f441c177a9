"""Tables of people: the platform's accounts and sessions, and a tenant's participants.

Accounts and sessions carry no tenant key: a person may work in many workspaces. The application's role has no right on them;
they are reached only through the sign-in functions (`core/db/functions/`).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Model, TenantModel, new_id, one_of, references
from core.db.walls import ENGAGEMENT, Walls


class UserAccount(Model):
    """A person who can sign in. `password_hash` is argon2id (RFC 9106)."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    locale: Mapped[str | None]
    time_zone: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserSession(Model):
    """A signed-in browser. Only the SHA-256 of the cookie's secret is kept."""

    __tablename__ = "user_session"

    token_hash: Mapped[bytes] = mapped_column(BYTEA, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    user_agent: Mapped[str | None]


class LoginAttempt(Model):
    """A failed sign-in, kept for throttling. Keys are keyed digests, not addresses."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index("ix_login_attempt_key", "key", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[bytes] = mapped_column(BYTEA)
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class Participant(TenantModel):
    """A person inside a tenant. A provider's person belongs to one engagement of the client's tenant."""

    __tablename__ = "participant"
    __walls__: ClassVar[Walls] = Walls(
        provider="tenant", extra=f"engagement_id IS NULL OR engagement_id = {ENGAGEMENT}", auth="SELECT"
    )
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        one_of("party", "client", "provider", "system"),
        CheckConstraint("(party = 'provider') = (engagement_id IS NOT NULL)", name="side"),
        UniqueConstraint("tenant_id", "user_id", "engagement_id", postgresql_nulls_not_distinct=True),
        Index("ix_participant_user", "user_id"),
    )

    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    party: Mapped[str]
    engagement_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    shown_name: Mapped[str]
    agent_no: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    ended_at: Mapped[datetime | None]


class ApiToken(TenantModel):
    """A scoped, expiring credential of one workspace. Only the SHA-256 of the token is kept."""

    __tablename__ = "api_token"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT")
    __table_args__ = (
        references("participant", "participant_id", cascade=True),
        Index("uq_api_token_token_hash", "token_hash", unique=True),
    )

    participant_id: Mapped[UUID]
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(BYTEA)
    scopes: Mapped[list[str]]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
