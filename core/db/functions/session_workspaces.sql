-- grant: app, provider
-- The workspaces a signed-in person may open, with both parties' names.
CREATE OR REPLACE FUNCTION session_workspaces(token bytea)
RETURNS TABLE (slug text, tenant_name text, engagement_name text, provider_name text, party text, person text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  RETURN QUERY
    SELECT w.slug, t.name, e.name, e.provider_name, p.party, u.name
      FROM user_session s
      JOIN user_account u ON u.id = s.user_id AND u.disabled_at IS NULL
      JOIN participant p ON p.user_id = u.id AND p.ended_at IS NULL
      JOIN tenant t ON t.id = p.tenant_id AND t.state IN ('trial', 'active', 'suspended', 'closing')
      JOIN workspace w ON w.tenant_id = p.tenant_id AND w.engagement_id IS NOT DISTINCT FROM p.engagement_id AND w.current
      LEFT JOIN engagement e ON e.tenant_id = p.tenant_id AND e.id = p.engagement_id
     WHERE s.token_hash = token AND s.expires_at > now()
       AND (p.engagement_id IS NULL
            OR e.state IN ('transition', 'live', 'remediation', 'renewing', 'exiting') AND (e.ends_at IS NULL OR e.ends_at > now()))
     ORDER BY t.name, e.name;
END
$body$;
