-- grant: app, provider
-- The next `count` running numbers of a kind in the scope's tenant; the last of them is returned. Asked for with each row
-- that has a number: a counter is mostly there, and an UPDATE costs half of what an INSERT that meets it does.
CREATE OR REPLACE FUNCTION next_number(counter_kind text, count bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  reached bigint;
BEGIN
  UPDATE tenant_counter c SET value = c.value + count, updated_at = now()
   WHERE c.tenant_id = current_setting('app.tenant_id')::uuid AND c.kind = counter_kind
  RETURNING c.value INTO reached;
  IF NOT FOUND THEN
    INSERT INTO tenant_counter (tenant_id, id, kind, value)
    VALUES (current_setting('app.tenant_id')::uuid, gen_random_uuid(), counter_kind, 1000 + count)
    ON CONFLICT (tenant_id, kind) DO UPDATE SET value = tenant_counter.value + count, updated_at = now()
    RETURNING value INTO reached;
  END IF;
  RETURN reached;
END
$body$;
