-- grant: app
-- How a tenant wishes to be recognised at the sign-in form and in mails. Nothing of one that does not wish it.
CREATE OR REPLACE FUNCTION workspace_door(wanted text) RETURNS TABLE (tenant_id uuid, name text, slug text, brand jsonb)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT t.id, t.name, w.slug, t.settings->'brand'
    FROM workspace w JOIN tenant t ON t.id = w.tenant_id
   WHERE w.slug = wanted AND t.state <> 'deleted' AND (t.settings->'brand'->>'door')::boolean
$body$;
