"""Tables of the door: factors, what is begun before somebody is in, what happened there, and each tenant's sign-in policy.

Factors are a person's, for every tenant; like accounts they are reached only through the sign-in functions.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Model, TenantModel, new_id, one_of
from core.db.walls import Walls


def _person(**options: Any) -> Any:
    return mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), **options)


class UserTotp(Model):
    """A person's authenticator app (RFC 6238). `secret` is sealed; `last_step` is the newest time step whose code was taken."""

    __tablename__ = "user_totp"

    user_id: Mapped[UUID] = _person(primary_key=True)
    secret: Mapped[bytes] = mapped_column(BYTEA)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class UserPasskey(Model):
    """A person's passkey (WebAuthn). `synced`: its provider keeps copies, so that it is on more than one device."""

    __tablename__ = "user_passkey"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = _person(index=True)
    credential_id: Mapped[bytes] = mapped_column(BYTEA, unique=True)
    public_key: Mapped[bytes] = mapped_column(BYTEA)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    synced: Mapped[bool]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]


class RecoveryCode(Model):
    """A way back in, good once. Only its keyed digest is kept."""

    __tablename__ = "recovery_code"

    user_id: Mapped[UUID] = _person(primary_key=True)
    digest: Mapped[bytes] = mapped_column(BYTEA, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]


class SignInCeremony(Model):
    """Something begun at the door that a later request ends: a second step, a challenge, a link by mail."""

    __tablename__ = "sign_in_ceremony"

    token_hash: Mapped[bytes] = mapped_column(BYTEA, primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID | None] = _person(index=True)
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    tries: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInEvent(Model):
    """What happened at the door, done or denied. It belongs to the person, who reads it; no tenant does."""

    __tablename__ = "sign_in_event"
    __table_args__ = (
        one_of("outcome", "done", "denied"),
        Index("ix_sign_in_event_person", "user_id", "at"),
        Index("ix_sign_in_event_at", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    user_id: Mapped[UUID | None] = _person()
    kind: Mapped[str]
    outcome: Mapped[str]
    method: Mapped[str | None]
    reason: Mapped[str | None]
    peer: Mapped[str | None]
    user_agent: Mapped[str | None]


class SignInPolicy(TenantModel):
    """What a tenant wants of everybody who comes into its workspaces, its own people and its providers'. At most one row."""

    __tablename__ = "sign_in_policy"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT")
    __table_args__ = (one_of("second_factor", "none", "any", "passkey"), UniqueConstraint("tenant_id"))

    second_factor: Mapped[str] = mapped_column(server_default="none")
    methods: Mapped[list[str]]
    session_hours: Mapped[int | None]
    idle_minutes: Mapped[int | None]
    networks: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
