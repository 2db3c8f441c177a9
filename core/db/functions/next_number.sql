-- grant: app, provider
-- The next `count` running numbers of a kind in the scope's tenant; the last of them is returned.
CREATE OR REPLACE FUNCTION next_number(counter_kind text, count bigint) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  INSERT INTO tenant_counter (tenant_id, id, kind, value)
  VALUES (current_setting('app.tenant_id')::uuid, gen_random_uuid(), counter_kind, 1000 + count)
  ON CONFLICT (tenant_id, kind) DO UPDATE SET value = tenant_counter.value + count, updated_at = now()
  RETURNING value
$body$;
