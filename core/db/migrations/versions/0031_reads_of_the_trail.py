"""A lease knows its customer's number, so that a provider's list is read in its order from the leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

FOLLOW = """
CREATE FUNCTION number_of_lease() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  NEW.customer_number := (SELECT c.number FROM customer c WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.customer_id);
  RETURN NEW;
END
$body$
"""

FILL = """
UPDATE lease l SET customer_number = c.number FROM customer c WHERE c.tenant_id = l.tenant_id AND c.id = l.customer_id
"""
WALLED = ("lease", "customer")


def upgrade() -> None:
    op.add_column("lease", sa.Column("customer_number", sa.BigInteger(), nullable=True))
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(FILL)
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.create_index(
        "ix_lease_number",
        "lease",
        ["tenant_id", "engagement_id", "customer_number"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute(FOLLOW)
    op.execute(
        "CREATE TRIGGER follow_number BEFORE INSERT OR UPDATE OF customer_id ON lease"
        " FOR EACH ROW EXECUTE FUNCTION number_of_lease()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER follow_number ON lease")
    op.execute("DROP FUNCTION number_of_lease()")
    op.drop_index("ix_lease_number", table_name="lease")
    op.drop_column("lease", "customer_number")
