-- grant: app
-- Who stands behind a credential in a workspace. With no workspace the credential is an API token, which names its own.
CREATE OR REPLACE FUNCTION principal(credential bytea, workspace_slug text)
RETURNS TABLE (
  user_id uuid, participant_id uuid, tenant_id uuid, tenant_name text, tenant_state text, workspace text,
  party text, engagement_id uuid, engagement_name text, provider_name text, shown_name text,
  roles jsonb, scopes jsonb, enabled text[], locale text, zone text, currency text, country text, tailoring integer, more jsonb, db_role text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
#variable_conflict use_column
DECLARE
  who record;
  place record;
BEGIN
  IF workspace_slug IS NULL THEN
    SELECT p.user_id, p.tenant_id, p.id AS participant_id, p.engagement_id, t.scopes INTO who
      FROM api_token t JOIN participant p ON p.tenant_id = t.tenant_id AND p.id = t.participant_id
     WHERE t.token_hash = credential AND t.revoked_at IS NULL AND t.expires_at > now() AND p.ended_at IS NULL;
    IF NOT FOUND THEN RETURN; END IF;
    SELECT w.slug, w.tenant_id, w.engagement_id INTO place
      FROM workspace w
     WHERE w.tenant_id = who.tenant_id AND w.engagement_id IS NOT DISTINCT FROM who.engagement_id AND w.current;
  ELSE
    SELECT s.user_id, NULL::jsonb AS scopes INTO who
      FROM user_session s WHERE s.token_hash = credential AND s.expires_at > now();
    IF NOT FOUND THEN RETURN; END IF;
    SELECT n.slug, w.tenant_id, w.engagement_id INTO place
      FROM workspace w
      JOIN workspace n ON n.tenant_id = w.tenant_id AND n.engagement_id IS NOT DISTINCT FROM w.engagement_id AND n.current
     WHERE w.slug = workspace_slug;
  END IF;
  IF place IS NULL THEN RETURN; END IF;
  RETURN QUERY
    SELECT u.id, p.id, t.id, t.name, t.state, place.slug,
           p.party, p.engagement_id, e.name, e.provider_name, p.shown_name,
           p.roles, who.scopes,
           ARRAY(SELECT v.key FROM tenant_vertical v WHERE v.tenant_id = t.id AND v.enabled ORDER BY v.key),
           coalesce(u.locale, t.locale), coalesce(u.time_zone, t.time_zone), t.currency, t.country, t.tailoring,
           jsonb_build_object(),
           CASE WHEN p.party = 'client' AND p.engagement_id IS NULL THEN '{{app}}' ELSE '{{provider}}' END
      FROM participant p
      JOIN user_account u ON u.id = p.user_id AND u.disabled_at IS NULL
      JOIN tenant t ON t.id = p.tenant_id AND t.state IN ('trial', 'active', 'suspended', 'closing')
      LEFT JOIN engagement e ON e.tenant_id = p.tenant_id AND e.id = p.engagement_id
     WHERE p.tenant_id = place.tenant_id AND p.user_id = who.user_id
       AND p.engagement_id IS NOT DISTINCT FROM place.engagement_id AND p.ended_at IS NULL
       AND (p.engagement_id IS NULL
            OR e.state IN ('transition', 'live', 'remediation', 'renewing', 'exiting') AND (e.ends_at IS NULL OR e.ends_at > now()));
END
$body$;
