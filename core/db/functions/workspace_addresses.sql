-- grant: app
-- The addresses of the scope's tenant itself, the newest first; those it has left redirect.
CREATE OR REPLACE FUNCTION workspace_addresses() RETURNS TABLE (slug text, current boolean, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT w.slug, w.current, w.created_at FROM workspace w
   WHERE w.tenant_id = current_setting('app.tenant_id')::uuid AND w.engagement_id IS NULL
   ORDER BY w.current DESC, w.created_at DESC
$body$;
