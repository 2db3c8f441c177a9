"""A clock keeps what it is computed from and whom it tells when, so that it runs on without its subject."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("clock", sa.Column("basis", json, server_default=sa.text("'{}'::jsonb"), nullable=False))
    op.add_column("clock", sa.Column("levels", json, server_default=sa.text("'[]'::jsonb"), nullable=False))


def downgrade() -> None:
    op.drop_column("clock", "levels")
    op.drop_column("clock", "basis")
