"""Rate limits shared by all workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_count",
        sa.Column("key", postgresql.BYTEA(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "slot", name=op.f("pk_rate_count")),
        prefixes=["UNLOGGED"],
    )
    op.create_index(op.f("ix_rate_count_expires_at"), "rate_count", ["expires_at"])


def downgrade() -> None:
    for name in ("limit_take(bytea, integer, integer, integer)", "limit_flush(jsonb)", "limit_purge()"):
        op.execute(f"DROP FUNCTION IF EXISTS {name}")
    op.drop_table("rate_count")
