"""Indexed fields are copied to their slot columns by the database, whatever writes the row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SLOTTED = {"customer": "'customer'", "record": "'record:' || NEW.type", "case": "'case'"}

SLOT_VALUE = r"""
CREATE FUNCTION slot_value(held jsonb, kind text) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  IF held IS NULL THEN RETURN NULL; END IF;
  CASE kind
    WHEN 'text', 'long_text', 'choice' THEN
      RETURN CASE WHEN jsonb_typeof(held) = 'string' AND held <> '""' THEN held END;
    WHEN 'boolean' THEN
      RETURN CASE WHEN jsonb_typeof(held) = 'boolean' THEN to_jsonb(held #>> '{}') END;
    WHEN 'integer', 'money' THEN
      RETURN CASE WHEN jsonb_typeof(held) = 'number' AND held #>> '{}' ~ '^-?[0-9]{1,18}$' THEN held END;
    WHEN 'date' THEN
      IF jsonb_typeof(held) = 'string' AND held #>> '{}' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
        RETURN to_jsonb((held #>> '{}') || 'T00:00:00Z');
      END IF;
    WHEN 'datetime' THEN
      IF jsonb_typeof(held) = 'string' AND held #>> '{}' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$' THEN
        RETURN held;
      END IF;
    ELSE NULL;
  END CASE;
  RETURN NULL;
END
$body$
"""

FILL = """
CREATE FUNCTION fill_slots_of_{table}() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  mapped record;
  slots jsonb := '{{}}';
BEGIN
  FOR mapped IN
    SELECT f.field, f.slot, f.kind, f.state FROM field_slot f
     WHERE f.tenant_id = NEW.tenant_id AND f.target = {target}
  LOOP
    slots := slots || jsonb_build_object(mapped.slot, CASE WHEN mapped.state <> 'releasing'
      THEN slot_value(NEW.attributes #> string_to_array(mapped.field, '.'), mapped.kind) END);
  END LOOP;
  IF slots <> '{{}}' THEN
    NEW := jsonb_populate_record(NEW, slots);
  END IF;
  RETURN NEW;
END
$body$
"""


def upgrade() -> None:
    op.add_column("field_slot", sa.Column("kind", sa.Text(), nullable=False))
    op.execute(SLOT_VALUE)
    for table, target in SLOTTED.items():
        op.execute(FILL.format(table=table, target=target))
        op.execute(
            f'CREATE TRIGGER fill_slots BEFORE INSERT OR UPDATE OF attributes ON "{table}"'
            f" FOR EACH ROW EXECUTE FUNCTION fill_slots_of_{table}()"
        )


def downgrade() -> None:
    for table in SLOTTED:
        op.execute(f'DROP TRIGGER fill_slots ON "{table}"')
        op.execute(f"DROP FUNCTION fill_slots_of_{table}()")
    op.execute("DROP FUNCTION slot_value(jsonb, text)")
    op.drop_column("field_slot", "kind")
