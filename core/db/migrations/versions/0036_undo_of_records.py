"""Let an insert of thousands of customers bring its slots: asking for them row by row took half of the insert's time."""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TRIGGER = (
    "CREATE TRIGGER fill_slots BEFORE INSERT OR UPDATE OF attributes ON customer"
    " FOR EACH ROW {when}EXECUTE FUNCTION fill_slots_of_customer()"
)


def upgrade() -> None:
    op.execute("DROP TRIGGER fill_slots ON customer")
    op.execute(TRIGGER.format(when="WHEN (current_setting('app.slots', true) IS DISTINCT FROM 'given') "))


def downgrade() -> None:
    op.execute("DROP TRIGGER fill_slots ON customer")
    op.execute(TRIGGER.format(when=""))
