-- grant: app
-- The tenants whose identity provider vouches for addresses of a domain: proved, in use, and not gone.
CREATE OR REPLACE FUNCTION sso_of_domain(wanted text) RETURNS TABLE (workspace text, tenant_name text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT w.slug, t.name
    FROM email_domain d
    JOIN tenant t ON t.id = d.tenant_id AND t.state IN ('trial', 'active', 'suspended', 'closing')
    JOIN workspace w ON w.tenant_id = d.tenant_id AND w.engagement_id IS NULL AND w.current
   WHERE d.domain = wanted AND d.verified_at IS NOT NULL
     AND EXISTS (SELECT 1 FROM identity_provider p WHERE p.tenant_id = d.tenant_id AND p.enabled)
   ORDER BY t.name
$body$;
