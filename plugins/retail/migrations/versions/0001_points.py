"""the books of points"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "retail_0001"
down_revision = None
branch_labels = None
depends_on = None

ACCOUNTS = "'issued', 'pending', 'available', 'reserved', 'redeemed', 'expired', 'reversed', 'debt'"
KINDS = "'earn', 'mature', 'reserve', 'release', 'redeem', 'restore', 'expire', 'reverse', 'settle'"


def upgrade() -> None:
    op.create_table(
        "retail_points_lot",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("matures_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        *kept(),
        *(refers("retail_points_lot", *each) for each in (
            ("record", "membership_id", "CASCADE"),
            ("record", "order_id", "SET NULL (order_id)"),
            ("customer", "customer_id", "CASCADE"),
        )),
        sa.CheckConstraint("points > 0", name=op.f("ck_retail_points_lot_points")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_retail_points_lot")),
    )  # fmt: skip
    op.create_index(
        "uq_retail_points_lot_order",
        "retail_points_lot",
        ["tenant_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index("ix_retail_points_lot_membership", "retail_points_lot", ["tenant_id", "membership_id"])
    op.create_index("ix_retail_points_lot_customer", "retail_points_lot", ["tenant_id", "customer_id"])
    op.create_table(
        "retail_points_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("returned_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        *kept(),
        *(refers("retail_points_entry", *each) for each in (
            ("record", "membership_id", "CASCADE"),
            ("retail_points_lot", "lot_id", "CASCADE"),
            ("retail_points_lot", "returned_id", "CASCADE"),
            ("customer", "customer_id", "CASCADE"),
        )),
        sa.CheckConstraint("points > 0", name=op.f("ck_retail_points_entry_points")),
        sa.CheckConstraint("source <> target", name=op.f("ck_retail_points_entry_moves")),
        sa.CheckConstraint(f"source IN ({ACCOUNTS})", name=op.f("ck_retail_points_entry_source")),
        sa.CheckConstraint(f"target IN ({ACCOUNTS})", name=op.f("ck_retail_points_entry_target")),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_retail_points_entry_kind")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_retail_points_entry")),
    )  # fmt: skip
    op.create_index(
        "uq_retail_points_entry_reference",
        "retail_points_entry",
        ["tenant_id", "membership_id", "reference", "lot_id", "source", "target"],
        unique=True,
    )
    op.create_index("ix_retail_points_entry_lot", "retail_points_entry", ["tenant_id", "lot_id"])
    op.create_index("ix_retail_points_entry_returned", "retail_points_entry", ["tenant_id", "returned_id"])
    op.create_index("ix_retail_points_entry_customer", "retail_points_entry", ["tenant_id", "customer_id"])


def kept() -> tuple[sa.Column[Any], ...]:
    """The columns of every table."""
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )


def refers(table: str, target: str, column: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
        ondelete=ondelete,
    )


def downgrade() -> None:
    op.drop_table("retail_points_entry")
    op.drop_table("retail_points_lot")
