"""Sign-up, closing, exports of everything and certificates of deletion."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NOW = sa.text("now()")
JSON = postgresql.JSONB(astext_type=sa.Text())


def _moment(name: str, *, default: sa.TextClause | None = None, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def _json(name: str, default: str | None = None) -> sa.Column[Any]:
    made = sa.text(f"'{default}'::jsonb") if default else None
    return sa.Column(name, JSON, server_default=made, nullable=default is None)


def upgrade() -> None:
    for name in ("uscc", "lei", "state_before"):
        op.add_column("tenant", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("tenant", _moment("state_since", default=NOW))
    op.add_column("tenant", _moment("trial_ends_at", nullable=True))
    op.add_column("tenant", _moment("erase_after", nullable=True))
    _changes()
    op.create_table(
        "sign_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", postgresql.BYTEA(), nullable=False),
        _moment("created_at", default=NOW),
        _moment("expires_at"),
        _moment("sent_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_up")),
    )
    op.create_index("ix_sign_up_expires_at", "sign_up", ["expires_at"])
    op.create_table(
        "deletion_certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="erasing", nullable=False),
        _json("slugs", "[]"),
        _json("partners", "[]"),
        _json("notes", "{}"),
        _json("document"),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        _moment("begun_at", default=NOW),
        _moment("issued_at", nullable=True),
        sa.CheckConstraint("state IN ('erasing', 'issued')", name=op.f("ck_deletion_certificate_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion_certificate")),
        sa.UniqueConstraint("reference", name=op.f("uq_deletion_certificate_reference")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_deletion_certificate_tenant_id")),
    )


def _changes() -> None:
    op.create_table(
        "tenant_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        _moment("occurred_at", default=sa.text("clock_timestamp()")),
        _moment("created_at", default=NOW),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        _moment("updated_at", default=NOW),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tenant_change")),
    )
    op.create_index("ix_tenant_change_time", "tenant_change", ["tenant_id", "occurred_at", "id"])


def downgrade() -> None:
    for table in ("deletion_certificate", "sign_up", "tenant_change"):
        op.drop_table(table)
    for name in ("erase_after", "trial_ends_at", "state_since", "state_before", "lei", "uscc"):
        op.drop_column("tenant", name)
