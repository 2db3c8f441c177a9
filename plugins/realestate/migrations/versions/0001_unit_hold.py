"""which sale has which unit"""

import sqlalchemy as sa
from alembic import op

revision = "realestate_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "realestate_unit_hold",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{target}.tenant_id", f"{target}.id"],
                name=op.f(f"fk_realestate_unit_hold_tenant_id_{column}"),
                ondelete="CASCADE",
            )
            for target, column in (("record", "unit_id"), ("case", "case_id"), ("customer", "customer_id"))
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_realestate_unit_hold")),
    )
    op.create_index(
        "uq_realestate_unit_hold_open",
        "realestate_unit_hold",
        ["tenant_id", "unit_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_index("ix_realestate_unit_hold_case", "realestate_unit_hold", ["tenant_id", "case_id"])
    op.create_index("ix_realestate_unit_hold_customer", "realestate_unit_hold", ["tenant_id", "customer_id"])


def downgrade() -> None:
    op.drop_table("realestate_unit_hold")
