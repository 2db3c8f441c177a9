"""A slot holds every whole number that a field may: up to nineteen digits, as far as a bigint goes, not eighteen."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DEFINED = "SELECT pg_get_functiondef('slot_value(jsonb, text)'::regprocedure)"
EIGHTEEN = "held #>> '{}' ~ '^-?[0-9]{1,18}$'"
ALL = (
    "held #>> '{}' ~ '^-?[0-9]{1,19}$'"
    " AND (held #>> '{}')::numeric BETWEEN -9223372036854775808 AND 9223372036854775807"
)


def upgrade() -> None:
    _replace(EIGHTEEN, ALL)


def downgrade() -> None:
    _replace(ALL, EIGHTEEN)


def _replace(old: str, new: str) -> None:
    connection = op.get_bind()
    written = connection.exec_driver_sql(DEFINED).scalar_one()
    assert old in written
    connection.exec_driver_sql(written.replace(old, new))
