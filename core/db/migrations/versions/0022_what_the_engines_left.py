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
    op.drop_index("ix_gate_decision_time", table_name="gate_decision")
    op.create_index(
        "ix_gate_decision_time", "gate_decision", ["tenant_id", "decided_at", "id"], postgresql_include=["verdict"]
    )


def downgrade() -> None:
    """The older release makes its functions anew."""
    op.drop_index("ix_gate_decision_time", table_name="gate_decision")
    op.create_index("ix_gate_decision_time", "gate_decision", ["tenant_id", "decided_at", "id"])
