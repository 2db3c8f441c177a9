"""What persons ask of us by their rights."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLE = "rights_request"


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _id(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _one_of(column: str, *choices: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{each}'" for each in choices)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{TABLE}_{column}"))


def upgrade() -> None:
    op.create_table(
        TABLE,
        _id("tenant_id", nullable=False),
        _id("id", nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        _id("customer_id", nullable=False),
        _text("kind"),
        _text("via"),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        _text("state", default="open"),
        _text("checked", nullable=True),
        _text("extended_for", nullable=True),
        _text("answer", nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        _id("answered_by"),
        _id("approval_id"),
        _id("file_id"),
        sa.Column("result", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        _id("created_by"),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], ondelete="CASCADE",
            name=op.f(f"fk_{TABLE}_tenant_id_customer_id_customer"),
        ),
        sa.UniqueConstraint("tenant_id", "number", name=op.f(f"uq_{TABLE}_tenant_id_number")),
        _one_of("kind", "access", "portability", "correction", "erasure", "restriction", "objection", "explanation"),
        _one_of("state", "open", "deciding", "fulfilled", "refused", "withdrawn"),
        _one_of("via", "phone", "email", "post", "visit", "chat", "web"),
    )  # fmt: skip
    op.create_index("ix_rights_request_customer", TABLE, ["tenant_id", "customer_id"])
    op.create_index("ix_rights_request_time", TABLE, ["tenant_id", "created_at", "id"])
    waiting = sa.text("state IN ('open', 'deciding')")
    op.create_index("ix_rights_request_due", TABLE, ["tenant_id", "due_on"], postgresql_where=waiting)


def downgrade() -> None:
    op.drop_table(TABLE)
