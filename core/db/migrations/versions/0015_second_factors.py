"""Second factors, sign-in policies, and what a session has met."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NOW = sa.text("now()")
JSON = postgresql.JSONB(astext_type=sa.Text())
EMPTY = sa.text("'[]'::jsonb")


def _moment(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=NOW if now else None, nullable=nullable)


def _person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["user_account.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"
    )


def upgrade() -> None:
    # Their answers and arguments grow; a function of another signature would stand beside the old one.
    op.execute("DROP FUNCTION IF EXISTS session_open(uuid, bytea, bytea, timestamptz, text, bytea[])")
    op.execute("DROP FUNCTION IF EXISTS login_find(text, bytea[], interval)")
    op.execute("DROP FUNCTION IF EXISTS session_close(bytea)")
    op.add_column("user_account", _moment("password_changed_at", nullable=True))
    _sessions()
    _factors()
    _platform_notes()
    op.add_column("api_token", sa.Column("networks", JSON, server_default=EMPTY, nullable=False))
    op.add_column("api_token", _moment("used_at", nullable=True))
    op.add_column("api_token", _moment("warned_at", nullable=True))
    op.create_table(
        "sign_in_policy",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("second_factor", sa.Text(), server_default="none", nullable=False),
        sa.Column("methods", JSON, nullable=False),
        sa.Column("session_hours", sa.Integer(), nullable=True),
        sa.Column("idle_minutes", sa.Integer(), nullable=True),
        sa.Column("networks", JSON, server_default=EMPTY, nullable=False),
        _moment("created_at", now=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        _moment("updated_at", now=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("second_factor IN ('none', 'any', 'passkey')", name=op.f("ck_sign_in_policy_second_factor")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sign_in_policy")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_sign_in_policy_tenant_id")),
    )


def _sessions() -> None:
    op.add_column(
        "user_session", sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)
    )
    op.add_column("user_session", _moment("ends_at", nullable=True))
    op.execute("UPDATE user_session SET ends_at = expires_at")
    op.alter_column("user_session", "ends_at", nullable=False)
    op.add_column("user_session", sa.Column("idle_seconds", sa.Integer(), server_default="3600", nullable=False))
    op.add_column("user_session", _moment("stepped_at", now=True))
    op.add_column("user_session", sa.Column("peer", sa.Text(), nullable=True))
    op.add_column("user_session", sa.Column("met", JSON, server_default=EMPTY, nullable=False))
    op.add_column("user_session", sa.Column("entered", JSON, server_default=EMPTY, nullable=False))
    op.add_column("user_session", sa.Column("end_reason", sa.Text(), nullable=True))


def _factors() -> None:
    op.create_table(
        "user_totp",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", postgresql.BYTEA(), nullable=False),
        _moment("created_at", now=True),
        _moment("confirmed_at", nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        _person("user_totp"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_totp")),
    )
    op.create_table(
        "user_passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", postgresql.BYTEA(), nullable=False),
        sa.Column("public_key", postgresql.BYTEA(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _moment("created_at", now=True),
        _moment("used_at", nullable=True),
        _person("user_passkey"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_user_passkey_credential_id")),
    )
    op.create_index(op.f("ix_user_passkey_user_id"), "user_passkey", ["user_id"])
    op.create_table(
        "recovery_code",
        sa.Column("digest", postgresql.BYTEA(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _moment("created_at", now=True),
        _moment("used_at", nullable=True),
        _person("recovery_code"),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_recovery_code")),
    )


def _platform_notes() -> None:
    op.create_table(
        "sign_in_ceremony",
        sa.Column("token_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("data", JSON, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        _moment("expires_at"),
        _person("sign_in_ceremony"),
        sa.PrimaryKeyConstraint("token_hash", "purpose", name=op.f("pk_sign_in_ceremony")),
    )
    op.create_index(op.f("ix_sign_in_ceremony_user_id"), "sign_in_ceremony", ["user_id"])
    op.create_index(op.f("ix_sign_in_ceremony_expires_at"), "sign_in_ceremony", ["expires_at"])
    op.create_table(
        "sign_in_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        _moment("at", now=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("peer", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        _person("sign_in_event"),
        sa.CheckConstraint("outcome IN ('done', 'denied')", name=op.f("ck_sign_in_event_outcome")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_event")),
    )
    op.create_index("ix_sign_in_event_person", "sign_in_event", ["user_id", "at"])
    op.create_index("ix_sign_in_event_at", "sign_in_event", ["at"])


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS session_open(uuid, bytea, bytea, timestamptz, integer, text, text, jsonb, bytea[])")
    op.execute("DROP FUNCTION IF EXISTS login_find(text, bytea[], interval)")
    op.execute("DROP FUNCTION IF EXISTS session_close(bytea)")
    for table in ("sign_in_policy", "sign_in_event", "sign_in_ceremony", "recovery_code", "user_passkey", "user_totp"):
        op.drop_table(table)
    for column in ("warned_at", "used_at", "networks"):
        op.drop_column("api_token", column)
    for column in ("end_reason", "entered", "met", "peer", "stepped_at", "idle_seconds", "ends_at", "id"):
        op.drop_column("user_session", column)
    op.drop_column("user_account", "password_changed_at")
