"""What a row was before a bulk act, an import or a merge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "before_image",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("was", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("version_after", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["bulk_run.tenant_id", "bulk_run.id"],
            name=op.f("fk_before_image_tenant_id_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_before_image")),
        sa.UniqueConstraint(
            "tenant_id", "run_id", "table_name", "row_id", name=op.f("uq_before_image_tenant_id_run_id_table_name_row_id")
        ),
    )
    op.create_index("ix_before_image_run", "before_image", ["tenant_id", "run_id", "position"], unique=False)
    op.create_index("ix_before_image_row", "before_image", ["tenant_id", "row_id", "table_name"], unique=False)
    op.create_index("ix_before_image_customer", "before_image", ["tenant_id", "customer_id"], unique=False)


def downgrade() -> None:
    op.drop_table("before_image")
