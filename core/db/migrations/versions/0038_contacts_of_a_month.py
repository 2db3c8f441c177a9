"""How exactly the beginning of a contact is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("interaction", sa.Column("precision", sa.Text(), server_default="second", nullable=False))
    op.create_check_constraint(
        op.f("ck_interaction_precision"), "interaction", "precision IN ('second', 'minute', 'hour', 'day', 'month')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_interaction_precision"), "interaction")
    op.drop_column("interaction", "precision")
