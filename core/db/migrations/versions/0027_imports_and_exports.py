"""Import profiles and outcomes; export requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TOLD = "outcome = 'rejected' OR problems <> '[]'::jsonb"


def upgrade() -> None:
    op.create_table(
        "import_profile",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("header_key", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "options", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("used", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_import_profile")),
        sa.UniqueConstraint(
            "tenant_id", "rows", "header_key", name=op.f("uq_import_profile_tenant_id_rows_header_key")
        ),
    )
    op.add_column("import_file", sa.Column("source_id", sa.Uuid(), nullable=True))
    op.drop_index("ix_import_row_outcome", table_name="import_row")
    op.create_index(
        "ix_import_row_told", "import_row", ["tenant_id", "run_id", "line"], unique=False, postgresql_where=sa.text(TOLD)
    )


def downgrade() -> None:
    op.drop_index("ix_import_row_told", table_name="import_row")
    op.create_index("ix_import_row_outcome", "import_row", ["tenant_id", "run_id", "outcome", "line"], unique=False)
    op.drop_column("import_file", "source_id")
    op.drop_table("import_profile")
