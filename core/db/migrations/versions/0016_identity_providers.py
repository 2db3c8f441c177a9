"""Identity providers, proved domains and directories that name people."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
LIST, OBJECT, FALSE, TRUE = sa.text("'[]'::jsonb"), sa.text("'{}'::jsonb"), sa.text("false"), sa.text("true")


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _list(name: str) -> sa.Column[Any]:
    return sa.Column(name, JSON, server_default=LIST, nullable=False)


def _flag(name: str, default: sa.TextClause) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), server_default=default, nullable=False)


def _to(table: str, target: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], ondelete="CASCADE",
        name=op.f(f"fk_{table}_tenant_id_{column}_{target}"),
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _table(name: str, *parts: sa.Column[Any] | sa.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(part for part in parts if isinstance(part, sa.Column)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        *(part for part in parts if not isinstance(part, sa.Column)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    _providers()
    _directories()


def _providers() -> None:
    _table(
        "identity_provider", _text("name"), _text("issuer"), _text("client_id"),
        sa.Column("secret", postgresql.BYTEA(), nullable=True), _flag("enabled", FALSE), _flag("makes_people", FALSE),
        _list("roles"), _moment("proved_at"), _unique("identity_provider", "tenant_id", "issuer", "client_id"),
    )
    _table(
        "email_domain", _text("domain"), _text("token"), _moment("verified_at"), _moment("checked_at"),
        _unique("email_domain", "tenant_id", "domain"),
    )
    op.create_index("ix_email_domain_domain", "email_domain", ["domain"])
    _table(
        "external_identity", _id("provider_id"), _id("participant_id"), _text("subject"), _moment("seen_at"),
        _to("external_identity", "identity_provider", "provider_id"),
        _to("external_identity", "participant", "participant_id"),
        _unique("external_identity", "tenant_id", "provider_id", "subject"),
    )


def _directories() -> None:
    _table(
        "scim_client", _text("name"), sa.Column("token_hash", postgresql.BYTEA(), nullable=False), _list("roles"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False), _moment("revoked_at"), _moment("used_at"),
    )
    op.create_index("uq_scim_client_token_hash", "scim_client", ["token_hash"], unique=True)
    _table(
        "scim_user", _id("client_id"), _id("participant_id"), _text("user_name_key"), _text("external_id", nullable=True),
        _flag("active", TRUE), sa.Column("data", JSON, server_default=OBJECT, nullable=False), _list("given"),
        _to("scim_user", "scim_client", "client_id"), _to("scim_user", "participant", "participant_id"),
        _unique("scim_user", "tenant_id", "user_name_key"), _unique("scim_user", "tenant_id", "participant_id"),
    )
    op.create_index("ix_scim_user_external_id", "scim_user", ["tenant_id", "client_id", "external_id"])
    _table(
        "scim_group", _id("client_id"), _text("name"), _text("external_id", nullable=True), _list("roles"),
        _to("scim_group", "scim_client", "client_id"),
    )
    op.create_index("ix_scim_group_external_id", "scim_group", ["tenant_id", "client_id", "external_id"])
    _table(
        "scim_member", _id("group_id"), _id("scim_user_id"),
        _to("scim_member", "scim_group", "group_id"), _to("scim_member", "scim_user", "scim_user_id"),
        _unique("scim_member", "tenant_id", "group_id", "scim_user_id"),
    )
    op.create_index("ix_scim_member_user", "scim_member", ["tenant_id", "scim_user_id"])


def downgrade() -> None:
    for table in ("scim_member", "scim_group", "scim_user", "scim_client", "external_identity", "email_domain",
                  "identity_provider"):
        op.drop_table(table)
