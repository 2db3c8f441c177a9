-- grant: app
-- Where mail reaches people of the scope's tenant, in which language and zone, and the address of their workspace.
CREATE OR REPLACE FUNCTION people_reached(wanted uuid[])
RETURNS TABLE (participant_id uuid, email text, locale text, zone text, workspace text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT p.id, u.email, coalesce(u.locale, t.locale), coalesce(u.time_zone, t.time_zone), w.slug
    FROM participant p
    JOIN user_account u ON u.id = p.user_id AND u.disabled_at IS NULL
    JOIN tenant t ON t.id = p.tenant_id
    JOIN workspace w ON w.tenant_id = p.tenant_id AND w.engagement_id IS NOT DISTINCT FROM p.engagement_id AND w.current
   WHERE p.tenant_id = current_setting('app.tenant_id')::uuid AND p.id = ANY (wanted) AND p.ended_at IS NULL
$body$;
