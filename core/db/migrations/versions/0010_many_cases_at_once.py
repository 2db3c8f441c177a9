"""Acts on many cases: a row per case, runs of a provider's own people, and indexes for lists by deadline, lane and person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.add_column("bulk_run", sa.Column("engagement_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_bulk_run_tenant_id_engagement_id",
        "bulk_run",
        "engagement",
        ["tenant_id", "engagement_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_table(
        "case_bulk_row",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=True),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'possible', 'refused', 'done')", name=op.f("ck_case_bulk_row_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["bulk_run.tenant_id", "bulk_run.id"],
            name=op.f("fk_case_bulk_row_tenant_id_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_case_bulk_row_tenant_id_case_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_case_bulk_row_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_bulk_row")),
    )
    op.create_index("ix_case_bulk_row_run", "case_bulk_row", ["tenant_id", "run_id", "position"], unique=False)
    op.create_index("ix_case_due", "case", ["tenant_id", "due_at", "id"], unique=False, postgresql_where=OPEN)
    op.create_index(
        "ix_case_lane",
        "case",
        ["tenant_id", "workflow", "state", "due_at", "id"],
        unique=False,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_case_assignee", "case", ["tenant_id", "assignee_id", "due_at", "id"], unique=False, postgresql_where=OPEN
    )


def downgrade() -> None:
    for name in ("ix_case_assignee", "ix_case_lane", "ix_case_due"):
        op.drop_index(name, table_name="case")
    op.drop_table("case_bulk_row")
    op.drop_constraint("fk_bulk_run_tenant_id_engagement_id", "bulk_run", type_="foreignkey")
    op.drop_column("bulk_run", "engagement_id")
