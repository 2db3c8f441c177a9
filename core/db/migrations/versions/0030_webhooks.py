"""Addresses that hear of events, what is sent to them, and each try."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TOLD_BEFORE = "tenant_find(text)"
"""It tells more now; `kehub db upgrade` makes it anew."""


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _number(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable, server_default=sa.text(default) if default else None)


def _to(table: str, target: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], ondelete="CASCADE",
        name=op.f(f"fk_{table}_tenant_id_{column}_{target}"),
    )  # fmt: skip


def _one_of(table: str, column: str, *choices: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{each}'" for each in choices)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"ck_{table}_{column}"))


def _table(name: str, *parts: sa.Column[Any] | sa.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(part for part in parts if isinstance(part, sa.Column)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        *(part for part in parts if not isinstance(part, sa.Column)),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    op.execute(f"DROP FUNCTION IF EXISTS {TOLD_BEFORE}")
    _table(
        "webhook_endpoint", _text("name"), _text("url"),
        sa.Column("events", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        _text("state", default="on"), sa.Column("secret", postgresql.BYTEA(), nullable=False),
        sa.Column("old_secret", postgresql.BYTEA(), nullable=True), _moment("old_until"), _moment("failing_since"),
        _one_of("webhook_endpoint", "state", "on", "off", "stopped"),
    )  # fmt: skip
    table = "webhook_delivery"
    _table(
        table, _id("endpoint_id"), _id("event_id"), _text("event_name"), _text("state", default="waiting"),
        _number("tries", default="0"), _moment("next_at"), _moment("delivered_at"), _number("answer", nullable=True),
        _text("error", nullable=True), _to(table, "webhook_endpoint", "endpoint_id"), _to(table, "outbox_event", "event_id"),
        _one_of(table, "state", "waiting", "delivered", "failed", "cancelled"),
        sa.UniqueConstraint("tenant_id", "endpoint_id", "event_id", name=op.f(f"uq_{table}_tenant_id_endpoint_id_event_id")),
    )  # fmt: skip
    op.create_index("ix_webhook_delivery_event", table, ["tenant_id", "event_id"])
    op.create_index("ix_webhook_delivery_time", table, ["tenant_id", "endpoint_id", "created_at", "id"])
    due = ["tenant_id", "endpoint_id", "next_at", "id"]
    op.create_index("ix_webhook_delivery_due", table, due, postgresql_where=sa.text("state = 'waiting'"))
    _table(
        "webhook_try", _id("delivery_id"), _number("number"), _moment("tried_at", nullable=False), _number("took_ms"),
        _number("answer", nullable=True), _text("error", nullable=True), _to("webhook_try", "webhook_delivery", "delivery_id"),
        sa.UniqueConstraint(
            "tenant_id", "delivery_id", "number", name=op.f("uq_webhook_try_tenant_id_delivery_id_number")
        ),
    )  # fmt: skip


def downgrade() -> None:
    op.execute(f"DROP FUNCTION IF EXISTS {TOLD_BEFORE}")
    for table in ("webhook_try", "webhook_delivery", "webhook_endpoint"):
        op.drop_table(table)
