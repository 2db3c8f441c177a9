"""Relationships, attachments, structured and verified contact points, and a timeline that is filtered in its index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

WALLED = ("interaction", "timeline_entry")
CHANNELS_OF_OLD_ENTRIES = """
UPDATE timeline_entry t SET channel = i.channel FROM interaction i
 WHERE i.tenant_id = t.tenant_id AND i.id = t.subject_id AND t.subject_type = 'interaction'
"""
STREAM = [
    "tenant_id", "customer_id", "occurred_at", "id", "noun", "party", "channel", "participant_id", "subject_id",
]  # fmt: skip


def _stamps() -> list[sa.Column[object]]:
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
    ]


def _to(table: str, target: str, column: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
        ondelete=ondelete,
    )


def upgrade() -> None:
    _relationships()
    _attachments()
    op.add_column("contact", sa.Column("preferred", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    for name, kind in (
        ("verified_how", sa.Text()),
        ("verified_by", sa.Uuid()),
        ("stale_reason", sa.Text()),
        ("parts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text())),
    ):
        op.add_column("contact_point", sa.Column(name, kind, nullable=True))
    op.create_foreign_key(
        op.f("fk_contact_point_tenant_id_verified_by"), "contact_point", "participant",
        ["tenant_id", "verified_by"], ["tenant_id", "id"], ondelete="SET NULL (verified_by)",
    )  # fmt: skip
    op.create_check_constraint(
        op.f("ck_contact_point_verified_how"), "contact_point",
        "verified_how IN ('call', 'code', 'letter', 'document', 'visit', 'other')",
    )  # fmt: skip
    op.create_check_constraint(
        op.f("ck_contact_point_stale_reason"), "contact_point",
        "stale_reason IN ('unreachable', 'bounced', 'not_theirs', 'moved', 'said_so')",
    )  # fmt: skip
    _stream()


def _relationships() -> None:
    op.create_table(
        "relationship",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        *_stamps(),
        _to("relationship", "customer", "customer_id", "CASCADE"),
        _to("relationship", "customer", "other_id", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_relationship")),
    )
    op.create_index("ix_relationship_customer", "relationship", ["tenant_id", "customer_id", "role"])
    op.create_index("ix_relationship_other", "relationship", ["tenant_id", "other_id", "role"])
    op.create_index(
        "uq_relationship_standing", "relationship", ["tenant_id", "customer_id", "other_id", "role"], unique=True,
        postgresql_where=sa.text("ends_on IS NULL"),
    )  # fmt: skip


def _attachments() -> None:
    op.create_table(
        "attachment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=True),
        sa.Column("shown_name", sa.Text(), server_default="", nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("visibility", sa.Text(), server_default="client", nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        *_stamps(),
        sa.CheckConstraint("visibility IN ('shared', 'client')", name=op.f("ck_attachment_visibility")),
        sa.CheckConstraint("party IN ('client', 'provider', 'system')", name=op.f("ck_attachment_party")),
        _to("attachment", "customer", "customer_id", "CASCADE"),
        _to("attachment", "case", "case_id", "SET NULL (case_id)"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_customer", "attachment", ["tenant_id", "customer_id", "id"])
    op.create_index(
        "ix_attachment_case", "attachment", ["tenant_id", "case_id", "id"],
        postgresql_where=sa.text("case_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_attachment_removed", "attachment", ["tenant_id", "removed_at"],
        postgresql_where=sa.text("removed_at IS NOT NULL"),
    )  # fmt: skip


def _stream() -> None:
    op.add_column(
        "timeline_entry",
        sa.Column("noun", sa.Text(), sa.Computed("split_part(kind, '.', 1)", persisted=True), nullable=True),
    )
    op.add_column("timeline_entry", sa.Column("channel", sa.Text(), nullable=True))
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(CHANNELS_OF_OLD_ENTRIES)
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.create_index("ix_timeline_entry_stream", "timeline_entry", STREAM)
    op.drop_index("ix_timeline_entry_customer", table_name="timeline_entry")


def downgrade() -> None:
    op.create_index("ix_timeline_entry_customer", "timeline_entry", ["tenant_id", "customer_id", "occurred_at", "id"])
    op.drop_index("ix_timeline_entry_stream", table_name="timeline_entry")
    for column in ("channel", "noun"):
        op.drop_column("timeline_entry", column)
    for name in ("stale_reason", "verified_how"):
        op.drop_constraint(op.f(f"ck_contact_point_{name}"), "contact_point", type_="check")
    op.drop_constraint(op.f("fk_contact_point_tenant_id_verified_by"), "contact_point", type_="foreignkey")
    for name in ("parts", "stale_reason", "verified_by", "verified_how"):
        op.drop_column("contact_point", name)
    op.drop_column("contact", "preferred")
    op.drop_table("attachment")
    op.drop_table("relationship")
