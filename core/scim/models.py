"""Tables of provisioning: the directory that may speak, the people it has named, and its groups with the roles they give."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, references
from core.db.walls import Walls


class ScimClient(TenantModel):
    """A directory of the tenant's. Only the SHA-256 of its token is kept. `roles` have all people it names."""

    __tablename__ = "scim_client"
    __walls__: ClassVar[Walls] = Walls(auth="SELECT")
    __table_args__ = (Index("uq_scim_client_token_hash", "token_hash", unique=True),)

    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(BYTEA)
    roles: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class ScimUser(TenantModel):
    """A person as a directory names them. `given` are the roles they have from it: no others are taken from them."""

    __tablename__ = "scim_user"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (
        references("scim_client", "client_id", cascade=True),
        references("participant", "participant_id", cascade=True),
        UniqueConstraint("tenant_id", "user_name_key"),
        UniqueConstraint("tenant_id", "participant_id"),
        Index("ix_scim_user_external_id", "tenant_id", "client_id", "external_id"),
    )

    client_id: Mapped[UUID]
    participant_id: Mapped[UUID]
    user_name_key: Mapped[str]
    external_id: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    given: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))


class ScimGroup(TenantModel):
    """A group of a directory. `roles` are what its members get, chosen by the tenant's people, never by the directory."""

    __tablename__ = "scim_group"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (
        references("scim_client", "client_id", cascade=True),
        Index("ix_scim_group_external_id", "tenant_id", "client_id", "external_id"),
    )

    client_id: Mapped[UUID]
    name: Mapped[str]
    external_id: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))


class ScimMember(TenantModel):
    """A person in a group."""

    __tablename__ = "scim_member"
    __walls__: ClassVar[Walls] = Walls()
    __table_args__ = (
        references("scim_group", "group_id", cascade=True),
        references("scim_user", "scim_user_id", cascade=True),
        UniqueConstraint("tenant_id", "group_id", "scim_user_id"),
        Index("ix_scim_member_user", "tenant_id", "scim_user_id"),
    )

    group_id: Mapped[UUID]
    scim_user_id: Mapped[UUID]
