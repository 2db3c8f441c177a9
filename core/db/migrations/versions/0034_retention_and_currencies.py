"""How long what is held is kept; and a customer's preferred currency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TABLE = "retention_clock"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), server_default="ask", nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by", sa.Uuid(), nullable=True),
        sa.Column("held_reason", sa.Text(), nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("tenant_id", "clock", name=op.f(f"uq_{TABLE}_tenant_id_clock")),
        sa.CheckConstraint("mode IN ('ask', 'policy')", name=op.f(f"ck_{TABLE}_mode")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"], ["bulk_run.tenant_id", "bulk_run.id"], ondelete="SET NULL (run_id)",
            name=op.f(f"fk_{TABLE}_tenant_id_run_id"),
        ),
    )  # fmt: skip
    op.add_column("case", sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("customer", sa.Column("currency", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("customer", "currency")
    op.drop_column("case", "lapsed_at")
    op.drop_table(TABLE)
