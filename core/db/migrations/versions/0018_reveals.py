"""Reveals of a masked value, their quotas, and how unusual they are; frozen grants."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("grant_freeze", "reveal_score", "exact_search", "reveal_event")


def _table(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def _of(name: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], name=op.f(f"fk_{name}_tenant_id_{column}"),
        ondelete="CASCADE",
    )


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _table(
        "reveal_event",
        _id("participant_id"), _text("party"), _text("role"), _text("shown_name"), _text("agent_no", nullable=True),
        _id("engagement_id", nullable=True), _id("data_grant_id", nullable=True), _text("seat", nullable=True),
        _text("country", nullable=True), _id("customer_id"), _id("record_id", nullable=True), _id("case_id", nullable=True),
        _id("interaction_id", nullable=True), _text("field"),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _text("reason"), _text("note", nullable=True), _id("decision_id"), _time("shown_at"), _time("until"),
        sa.CheckConstraint("party IN ('client', 'provider')", name=op.f("ck_reveal_event_party")),
        _of("reveal_event", "customer_id", "customer"),
    )
    op.create_index("ix_reveal_event_person", "reveal_event", ["tenant_id", "participant_id", "shown_at"])
    op.create_index("ix_reveal_event_customer", "reveal_event", ["tenant_id", "customer_id", "shown_at"])
    op.create_index("ix_reveal_event_time", "reveal_event", ["tenant_id", "shown_at", "id"])
    _table(
        "exact_search",
        _id("participant_id"), _id("engagement_id", nullable=True), _text("kind"), _text("digest"),
        sa.Column("found", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_exact_search_person", "exact_search", ["tenant_id", "participant_id", "created_at"])
    _table(
        "reveal_score",
        _id("participant_id"), _id("engagement_id", nullable=True), _text("role"), _text("shown_name"),
        sa.Column("day", sa.Date(), nullable=False), _time("since"), _time("cut_at"),
        sa.Column("reveals", sa.Integer(), nullable=False), sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("peers", sa.Integer(), nullable=False), sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("mean", sa.Float(), nullable=True), sa.Column("deviation", sa.Float(), nullable=True),
        sa.Column("z", sa.Float(), nullable=True),
        sa.Column("unusual", sa.Boolean(), server_default=sa.text("false"), nullable=False), _text("formula"),
        sa.UniqueConstraint("tenant_id", "participant_id", "day", name="uq_reveal_score_day"),
    )
    _table(
        "grant_freeze",
        _id("data_grant_id"), _id("engagement_id"), _text("reason"), _time("frozen_at"), _id("frozen_by"),
        _time("lifted_at", nullable=True), _id("lifted_by", nullable=True), _text("lift_reason", nullable=True),
        sa.CheckConstraint("lifted_by <> frozen_by", name=op.f("ck_grant_freeze_second_person")),
        _of("grant_freeze", "data_grant_id", "data_grant"), _of("grant_freeze", "engagement_id", "engagement"),
    )
    op.create_index(
        "uq_grant_freeze_standing", "grant_freeze", ["tenant_id", "data_grant_id"], unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)
