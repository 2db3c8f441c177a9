"""The audit trail sealed in chained batches: what an entry is of, which transaction wrote it, and the batches.

Entries that are there keep transaction 0: they are sealed first. The column gets its default afterwards, so that no row
is written again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEXES: dict[str, tuple[list[str], str | None]] = {
    "sealing": (["tenant_id", "transaction_id", "sequence"], None),
    "person": (["tenant_id", "participant_id", "occurred_at", "id"], None),
    "action": (["tenant_id", "action", "occurred_at", "id"], None),
    "engagement": (["tenant_id", "engagement_id", "occurred_at", "id"], "engagement_id IS NOT NULL"),
    "customer": (["tenant_id", "customer_id", "occurred_at", "id"], "customer_id IS NOT NULL"),
    "refused": (["tenant_id", "occurred_at", "id"], "outcome <> 'done'"),
}


def upgrade() -> None:
    op.add_column("audit_entry", sa.Column("transaction_id", sa.BigInteger(), server_default="0", nullable=False))
    op.alter_column("audit_entry", "transaction_id", server_default=sa.text("pg_current_xact_id()::text::bigint"))
    op.add_column("audit_entry", sa.Column("customer_id", sa.Uuid(), nullable=True))
    op.add_column("audit_entry", sa.Column("kept", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("audit_entry", sa.Column("seat_id", sa.Uuid(), nullable=True))
    op.add_column("audit_entry", sa.Column("seat", sa.Text(), nullable=True))
    for name, (columns, where) in INDEXES.items():
        op.create_index(
            f"ix_audit_entry_{name}", "audit_entry", columns, postgresql_where=sa.text(where) if where else None
        )
    op.create_table(
        "audit_batch",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("encoding", sa.Integer(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("highest_sequence", sa.BigInteger(), nullable=False),
        sa.Column("floor_sequence", sa.BigInteger(), nullable=False),
        sa.Column("from_transaction", sa.BigInteger(), nullable=False),
        sa.Column("from_sequence", sa.BigInteger(), nullable=False),
        sa.Column("until_transaction", sa.BigInteger(), nullable=False),
        sa.Column("until_sequence", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_batch")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_audit_batch_tenant_id_number")),
    )
    op.create_index(
        "ix_audit_batch_place", "audit_batch", ["tenant_id", "floor_sequence", "until_transaction", "until_sequence"]
    )
    op.execute("ALTER TABLE audit_batch ALTER COLUMN leaves SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("audit_batch")
    for name in INDEXES:
        op.drop_index(f"ix_audit_entry_{name}", table_name="audit_entry")
    for name in ("seat", "seat_id", "kept", "customer_id", "transaction_id"):
        op.drop_column("audit_entry", name)
