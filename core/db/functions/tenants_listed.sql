-- grant: app
-- What the platform's operator may know of the tenants: no customer, no person, no word of theirs but the name.
CREATE OR REPLACE FUNCTION tenants_listed()
RETURNS TABLE (tenant_id uuid, slug text, name text, kinds jsonb, state text, since timestamptz, until timestamptz, people bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT t.id, w.slug, t.name, t.kinds, t.state, t.state_since,
         CASE t.state WHEN 'trial' THEN t.trial_ends_at WHEN 'closing' THEN t.erase_after END,
         (SELECT count(*) FROM participant p WHERE p.tenant_id = t.id AND p.ended_at IS NULL)
    FROM tenant t LEFT JOIN workspace w ON w.tenant_id = t.id AND w.engagement_id IS NULL AND w.current
   ORDER BY w.slug
$body$;
