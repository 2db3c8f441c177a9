"""Reveals of cases and texts, a tenant's own quotas of them, grants that a provider asks for or wants wider, proofs for both."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

STATES = ("requested", "dpo_check", "approved", "active", "expiring", "refused", "revoked", "expired", "purge_proved")
WALLED = ("return_proof", "engagement")
WHOSE = """
UPDATE return_proof p SET provider_tenant_id = e.provider_tenant_id
  FROM engagement e WHERE e.tenant_id = p.tenant_id AND e.id = p.engagement_id
"""


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _when(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[Any]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=nullable, server_default=sa.text("now()") if now else None
    )


def _states(*among: str) -> None:
    listed = ", ".join(f"'{each}'" for each in among)
    op.drop_constraint(op.f("ck_data_grant_state"), "data_grant", type_="check")
    op.create_check_constraint(op.f("ck_data_grant_state"), "data_grant", f"state IN ({listed})")


def upgrade() -> None:
    op.add_column("reveal_event", sa.Column("of_case_id", sa.Uuid(), nullable=True))
    _limits()
    op.add_column("data_grant", sa.Column("asked_party", sa.Text(), server_default="client", nullable=False))
    op.add_column("data_grant", sa.Column("widens_id", sa.Uuid(), nullable=True))
    op.create_check_constraint(op.f("ck_data_grant_asked_party"), "data_grant", "asked_party IN ('client', 'provider')")
    op.create_foreign_key(
        op.f("fk_data_grant_tenant_id_widens_id"), "data_grant", "data_grant", ["tenant_id", "widens_id"],
        ["tenant_id", "id"], ondelete="SET NULL (widens_id)",
    )  # fmt: skip
    _states(*STATES[:7], "replaced", *STATES[7:])
    op.add_column("return_proof", sa.Column("provider_tenant_id", sa.Uuid(), nullable=True))
    op.add_column("return_proof", _text("signature"))
    op.create_foreign_key(
        op.f("fk_return_proof_provider_tenant_id"), "return_proof", "tenant", ["provider_tenant_id"], ["id"]
    )
    op.create_index("ix_return_proof_provider", "return_proof", ["provider_tenant_id", "created_at"])
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(WHOSE)
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _limits() -> None:
    op.create_table(
        "reveal_limit",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        _text("role"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _when("begins_at"),
        _text("set_name"),
        _text("approved_name"),
        _when("ended_at", nullable=True),
        _text("ended_name"),
        _text("end_reason"),
        _when("created_at", now=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        _when("updated_at", now=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "key IN ('soft_hour', 'hard_hour', 'soft_day', 'hard_day')", name=op.f("ck_reveal_limit_key")
        ),
        sa.CheckConstraint("value >= 0", name=op.f("ck_reveal_limit_value")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"], ["engagement.tenant_id", "engagement.id"], ondelete="CASCADE",
            name=op.f("fk_reveal_limit_tenant_id_engagement_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reveal_limit")),
    )  # fmt: skip
    op.create_index(
        "uq_reveal_limit_standing", "reveal_limit", ["tenant_id", "key", "role", "engagement_id"], unique=True,
        postgresql_where=sa.text("ended_at IS NULL"), postgresql_nulls_not_distinct=True,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_return_proof_provider", table_name="return_proof")
    op.drop_column("return_proof", "signature")
    op.drop_column("return_proof", "provider_tenant_id")
    _states(*STATES)
    op.drop_column("data_grant", "widens_id")
    op.drop_column("data_grant", "asked_party")
    op.drop_table("reveal_limit")
    op.drop_column("reveal_event", "of_case_id")
