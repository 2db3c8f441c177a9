"""Indexes and locks of the engines."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


TOLD_BEFORE = ("contact_times(uuid[], timestamptz[], timestamptz)", "contact_refusals(uuid)", "open_cases(uuid[], text[])")
"""Functions whose places others have taken; `kehub db upgrade` makes these."""


def upgrade() -> None:
    for signature in TOLD_BEFORE:
        op.execute(f"DROP FUNCTION IF EXISTS {signature}")


def downgrade() -> None:
    """The older release makes its functions anew."""
