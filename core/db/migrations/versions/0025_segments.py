"""Segments, grades, saved views."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = (
    "segment_member", "list_row", "grade_standing", "grade_change", "default_view", "saved_view", "segment", "grade_scheme",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "grade_scheme",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("basis", sa.Text(), server_default="percentile", nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), server_default="month", nullable=False),
        sa.Column("promote_after", sa.Integer(), server_default=sa.text("2"), nullable=False),
        sa.Column("demote_after", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column(
            "grades", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("second_person", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("simulation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("simulated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evaluated", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("basis IN ('percentile', 'value')", name=op.f("ck_grade_scheme_basis")),
        sa.CheckConstraint("period IN ('month', 'quarter', 'year')", name=op.f("ck_grade_scheme_period")),
        sa.CheckConstraint("state IN ('draft', 'live', 'retired')", name=op.f("ck_grade_scheme_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["bulk_run.tenant_id", "bulk_run.id"],
            name=op.f("fk_grade_scheme_tenant_id_run_id"),
            ondelete="SET NULL (run_id)",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_grade_scheme")),
    )
    op.create_index(
        "uq_grade_scheme_live", "grade_scheme", ["tenant_id"], unique=True, postgresql_where=sa.text("state = 'live'")
    )
    op.create_table(
        "segment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("condition", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "criteria", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("round", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("mode IN ('live', 'snapshot')", name=op.f("ck_segment_mode")),
        sa.CheckConstraint("state IN ('active', 'archived')", name=op.f("ck_segment_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["bulk_run.tenant_id", "bulk_run.id"],
            name=op.f("fk_segment_tenant_id_run_id"),
            ondelete="SET NULL (run_id)",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_segment")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_segment_tenant_id_key")),
    )
    op.create_table(
        "saved_view",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column(
            "roles", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column(
            "query", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"],
            ["engagement.tenant_id", "engagement.id"],
            name=op.f("fk_saved_view_tenant_id_engagement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["participant.tenant_id", "participant.id"],
            name=op.f("fk_saved_view_tenant_id_owner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_saved_view")),
    )
    op.create_index("ix_saved_view_target", "saved_view", ["tenant_id", "target", "removed_at"], unique=False)
    op.create_table(
        "default_view",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"],
            ["engagement.tenant_id", "engagement.id"],
            name=op.f("fk_default_view_tenant_id_engagement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "participant_id"],
            ["participant.tenant_id", "participant.id"],
            name=op.f("fk_default_view_tenant_id_participant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "view_id"],
            ["saved_view.tenant_id", "saved_view.id"],
            name=op.f("fk_default_view_tenant_id_view_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_default_view")),
        sa.UniqueConstraint(
            "tenant_id", "participant_id", "target", name=op.f("uq_default_view_tenant_id_participant_id_target")
        ),
    )
    op.create_table(
        "grade_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("cut", sa.Numeric(), nullable=True),
        sa.Column("periods", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "cause IN ('first', 'promoted', 'demoted', 'override', 'override_ended')",
            name=op.f("ck_grade_change_cause"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_grade_change_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "scheme_id"],
            ["grade_scheme.tenant_id", "grade_scheme.id"],
            name=op.f("fk_grade_change_tenant_id_scheme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_grade_change")),
    )
    op.create_index(
        "ix_grade_change_customer", "grade_change", ["tenant_id", "customer_id", "created_at"], unique=False
    )
    op.create_table(
        "grade_standing",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("above", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("below", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("bound", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("override", sa.Text(), nullable=True),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("override_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_grade_standing_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "scheme_id"],
            ["grade_scheme.tenant_id", "grade_scheme.id"],
            name=op.f("fk_grade_standing_tenant_id_scheme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_grade_standing")),
        sa.UniqueConstraint("tenant_id", "customer_id", name=op.f("uq_grade_standing_tenant_id_customer_id")),
    )
    op.create_index(
        "ix_grade_standing_until",
        "grade_standing",
        ["tenant_id", "override_until"],
        unique=False,
        postgresql_where=sa.text("override_until IS NOT NULL"),
    )
    op.create_table(
        "list_row",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'possible', 'same', 'refused', 'done')", name=op.f("ck_list_row_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_list_row_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["bulk_run.tenant_id", "bulk_run.id"],
            name=op.f("fk_list_row_tenant_id_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_list_row")),
        sa.UniqueConstraint("tenant_id", "run_id", "position", name=op.f("uq_list_row_tenant_id_run_id_position")),
    )
    op.create_index("ix_list_row_customer", "list_row", ["tenant_id", "customer_id"], unique=False)
    op.create_table(
        "segment_member",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_segment_member_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "segment_id"],
            ["segment.tenant_id", "segment.id"],
            name=op.f("fk_segment_member_tenant_id_segment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_segment_member")),
        sa.UniqueConstraint(
            "tenant_id",
            "segment_id",
            "round",
            "customer_id",
            name=op.f("uq_segment_member_tenant_id_segment_id_round_customer_id"),
        ),
    )
    op.create_index("ix_segment_member_customer", "segment_member", ["tenant_id", "customer_id"], unique=False)
    op.create_index(
        "ix_customer_grade", "customer", ["tenant_id", "grade", "id"], unique=False,
        postgresql_where=sa.text("grade IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_customer_grade", table_name="customer")
    for table in TABLES:
        op.drop_table(table)
