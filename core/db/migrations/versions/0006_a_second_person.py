"""A request is never decided by the person who asked, nor in their place: the database refuses it too."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_check_constraint(
        op.f("ck_approval_second_person"), "approval", "decided_by <> requested_by AND decided_for <> requested_by"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_approval_second_person"), "approval", type_="check")
