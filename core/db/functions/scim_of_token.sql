-- grant: app
-- The tenant's own workspace that a directory's token is for.
CREATE OR REPLACE FUNCTION scim_of_token(token bytea) RETURNS TABLE (workspace text, client_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT w.slug, c.id
    FROM scim_client c
    JOIN tenant t ON t.id = c.tenant_id AND t.state IN ('trial', 'active')
    JOIN workspace w ON w.tenant_id = c.tenant_id AND w.engagement_id IS NULL AND w.current
   WHERE c.token_hash = token AND c.revoked_at IS NULL AND c.expires_at > now()
$body$;
