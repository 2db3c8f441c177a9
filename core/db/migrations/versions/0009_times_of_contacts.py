"""The gate reads times of contacts, not counts: `kehub db upgrade` makes the function that tells them."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "DROP FUNCTION IF EXISTS contact_counts(uuid[], timestamptz[], timestamptz[], timestamptz[], timestamptz)"
    )


def downgrade() -> None:
    """The older release makes its function anew."""
