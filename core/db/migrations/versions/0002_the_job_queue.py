"""The job queue, and the look-up of rows that an import has already met.

The queue's tables come from the installed procrastinate. Their comment keeps its version, so that a later revision of
ours knows which of its own migrations to run.
"""

from __future__ import annotations

from importlib import metadata

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Through the driver without parameters: the schema is one script, and its % signs are its own.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(SchemaManager.get_schema())
    version = metadata.version("procrastinate")
    driver.execute(f"COMMENT ON TABLE procrastinate_jobs IS 'procrastinate {version}'")
    op.add_column("import_row", sa.Column("digest", sa.Text(), nullable=True))
    op.create_index("ix_import_row_key", "import_row", ["tenant_id", "run_id", "key", "line"])


def downgrade() -> None:
    op.drop_index("ix_import_row_key", table_name="import_row")
    op.drop_column("import_row", "digest")
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    for kind, name in driver.execute(
        "SELECT CASE WHEN prokind = 'f' THEN 'FUNCTION' END, oid::regprocedure::text FROM pg_proc"
        " WHERE proname LIKE 'procrastinate_%' AND pronamespace = 'public'::regnamespace"
    ).fetchall():
        driver.execute(f"DROP {kind} {name} CASCADE")
    for name in ("events", "periodic_defers", "jobs", "workers"):
        driver.execute(f"DROP TABLE procrastinate_{name} CASCADE")
    for name in ("job_to_defer_v1", "job_event_type", "job_status"):
        driver.execute(f"DROP TYPE procrastinate_{name}")
