"""Tables of people: the platform's accounts and sessions, and a tenant's participants.

Accounts and sessions carry no tenant key: a person may work in many workspaces. The application's role has no right on them;
they are reached only through the sign-in functions (`core/db/functions/`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, and_, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from core.db.base import Model, TenantModel, new_id, one_of, references
from core.db.walls import ENGAGEMENT, Walls
from core.identity.door_models import SignInPolicy  # noqa: F401 - the tables of the door are identity's too


class UserAccount(Model):
    """A person who can sign in. `password_hash` is argon2id (RFC 9106)."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    locale: Mapped[str | None]
    time_zone: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UserSession(Model):
    """A signed-in browser. Only the SHA-256 of the cookie's secret is kept.

    `expires_at` is when it ends unless it is used until then, `ends_at` when it ends in any case. `met` is what it has proved:
    `{"method": "password|totp|passkey|recovery|sso", "tenant": id or null, "at": time}`; `entered` the tenants it has been in.
    An ended session stays until `ends_at`, so that whoever comes with its secret can be told `end_reason`.
    """

    __tablename__ = "user_session"

    token_hash: Mapped[bytes] = mapped_column(BYTEA, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    user_agent: Mapped[str | None]
    id: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    ends_at: Mapped[datetime]
    idle_seconds: Mapped[int] = mapped_column(server_default="3600")
    stepped_at: Mapped[datetime] = mapped_column(server_default=func.now())
    peer: Mapped[str | None]
    met: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'::jsonb"))
    entered: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    end_reason: Mapped[str | None]


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
        provider="tenant",
        extra=f"engagement_id IS NULL OR engagement_id = {ENGAGEMENT}",
        provider_writes=("UPDATE",),
        own_writes=True,
        auth="SELECT",
    )
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("unit", "unit_id", optional=True),
        one_of("party", "client", "provider", "system"),
        CheckConstraint("(party = 'provider') = (engagement_id IS NOT NULL)", name="side"),
        UniqueConstraint("tenant_id", "user_id", "engagement_id", postgresql_nulls_not_distinct=True),
        Index("ix_participant_user", "user_id"),
        Index("ix_participant_unit", "tenant_id", "unit_id", postgresql_where=text("unit_id IS NOT NULL")),
    )

    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    party: Mapped[str]
    engagement_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    shown_name: Mapped[str]
    agent_no: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    if TYPE_CHECKING:
        roles: Mapped[list[str]]
        """Keys of the roles in force now."""
        custom: Mapped[list[str]]
        """Permissions of the tenant's own roles among them."""


class CustomRole(TenantModel):
    """A role of the tenant's own: permissions of the catalogue under a name in each language. An archived one is not given."""

    __tablename__ = "role"
    __walls__: ClassVar[Walls] = Walls(provider="tenant", auth="SELECT")
    __table_args__ = (UniqueConstraint("tenant_id", "key"),)

    key: Mapped[str]
    label: Mapped[dict[str, Any]]
    about: Mapped[str] = mapped_column(server_default="")
    permissions: Mapped[list[str]]
    parties: Mapped[list[str]]
    archived_at: Mapped[datetime | None]


class RoleAssignment(TenantModel):
    """A role of a person from a moment until another, and which rows it reaches. Taking it away sets its end.

    `role` is the key of a built-in or of the tenant's own. `condition` is `{"tree", "types"}` (`core.identity.reach`).
    """

    __tablename__ = "role_assignment"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement", provider_writes=("INSERT", "UPDATE"), deletable=False, auth="SELECT"
    )
    __table_args__ = (
        references("participant", "participant_id", cascade=True),
        references("engagement", "engagement_id", cascade=True),
        references("unit", "unit_id", optional=True),
        one_of("reach", "all", "leased", "own", "unit", "unit_and_below", "condition"),
        CheckConstraint("(reach = 'condition') = (condition IS NOT NULL)", name="condition"),
        Index("ix_role_assignment_person", "tenant_id", "participant_id"),
        Index("ix_role_assignment_role", "tenant_id", "role"),
    )

    participant_id: Mapped[UUID]
    engagement_id: Mapped[UUID | None]
    role: Mapped[str]
    reach: Mapped[str] = mapped_column(server_default="all")
    unit_id: Mapped[UUID | None]
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    starts_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ends_at: Mapped[datetime | None]


class Invitation(TenantModel):
    """Somebody is asked into a workspace by mail. The link's secret is derived anew when it is sent; its SHA-256 is kept."""

    __tablename__ = "invitation"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement", provider_writes=("INSERT", "UPDATE"), deletable=False, auth="SELECT"
    )
    __table_args__ = (
        references("engagement", "engagement_id", cascade=True),
        references("unit", "unit_id", optional=True),
        references("participant", "participant_id", optional=True),
        one_of("party", "client", "provider"),
        Index("uq_invitation_secret_hash", "secret_hash", unique=True),
        Index("ix_invitation_address", "tenant_id", "email_key"),
    )

    party: Mapped[str]
    engagement_id: Mapped[UUID | None]
    email: Mapped[str]
    email_key: Mapped[str]
    shown_name: Mapped[str]
    locale: Mapped[str]
    unit_id: Mapped[UUID | None]
    grants: Mapped[list[dict[str, Any]]]
    round: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    secret_hash: Mapped[bytes] = mapped_column(BYTEA)
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    participant_id: Mapped[UUID | None]


def _in_force() -> Any:
    return select(RoleAssignment.role).where(
        RoleAssignment.tenant_id == Participant.tenant_id,
        RoleAssignment.participant_id == Participant.id,
        RoleAssignment.starts_at <= func.now(),
        or_(RoleAssignment.ends_at.is_(None), RoleAssignment.ends_at > func.now()),
    )


def _held(what: Any, *, of: Any) -> Any:
    empty = text("'[]'::jsonb")
    found = of.with_only_columns(func.coalesce(what, empty, type_=JSONB)).correlate_except(RoleAssignment, CustomRole)
    return column_property(found.scalar_subquery(), deferred=True)


Participant.roles = _held(func.jsonb_agg(RoleAssignment.role.distinct()), of=_in_force())
_PERMISSION = func.jsonb_array_elements_text(CustomRole.permissions).table_valued("value", name="permission")
Participant.custom = _held(
    func.jsonb_agg(_PERMISSION.c.value.distinct()),
    of=_in_force()
    .join(CustomRole, and_(CustomRole.tenant_id == RoleAssignment.tenant_id, CustomRole.key == RoleAssignment.role))
    .join(_PERMISSION, true())
    .where(CustomRole.archived_at.is_(None)),
)


class ApiToken(TenantModel):
    """A scoped, expiring credential of one workspace. Only the SHA-256 of the token is kept."""

    __tablename__ = "api_token"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT, UPDATE")
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
    networks: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    used_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
