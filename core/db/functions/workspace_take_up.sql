-- grant: app
-- Make an address that the scope's tenant has left its current one again.
CREATE OR REPLACE FUNCTION workspace_take_up(wanted text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  UPDATE workspace SET current = (slug = wanted)
   WHERE tenant_id = current_setting('app.tenant_id')::uuid AND engagement_id IS NULL
     AND EXISTS (SELECT FROM workspace w
                  WHERE w.slug = wanted AND w.tenant_id = current_setting('app.tenant_id')::uuid AND w.engagement_id IS NULL)
$body$;
