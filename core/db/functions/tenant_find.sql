-- grant: app
-- The tenant or engagement behind a workspace address: for commands and jobs, which have no credential.
CREATE OR REPLACE FUNCTION tenant_find(wanted text)
RETURNS TABLE (tenant_id uuid, name text, state text, engagement_id uuid, locale text, zone text, currency text, country text, tailoring integer, enabled text[], hears text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT t.id, t.name, t.state, w.engagement_id, t.locale, t.time_zone, t.currency, t.country, t.tailoring,
           ARRAY(SELECT v.key FROM tenant_vertical v WHERE v.tenant_id = t.id AND v.enabled ORDER BY v.key),
           webhook_events(t.id)
      FROM workspace w JOIN tenant t ON t.id = w.tenant_id
     WHERE w.slug = wanted OR t.id::text = wanted
     LIMIT 1;
END
$body$;
