"""Indexes for the ended lanes of a board and for lists of open and closed cases; one that nothing needs any more goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_case_opened", "case", ["tenant_id", "opened_at", "id"])
    op.create_index(
        "ix_case_ended",
        "case",
        ["tenant_id", "workflow", "state", "closed_at", "id"],
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.drop_index("ix_case_state", table_name="case")


def downgrade() -> None:
    op.create_index("ix_case_state", "case", ["tenant_id", "workflow", "state", "id"])
    op.drop_index("ix_case_ended", table_name="case", postgresql_where=sa.text("closed_at IS NOT NULL"))
    op.drop_index("ix_case_opened", table_name="case")
