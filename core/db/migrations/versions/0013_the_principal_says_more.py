"""The principal says more: a column for what later features know of a session, without another signature."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS principal(bytea, text)")


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS principal(bytea, text)")
