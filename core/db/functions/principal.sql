-- grant: app
-- Who stands behind a credential in a workspace. With no workspace the credential is an API token, which names its own.
-- `place` says where the request comes from: the network peer, and the device's key as SHA-256.
CREATE OR REPLACE FUNCTION principal(credential bytea, workspace_slug text, place jsonb DEFAULT '{}')
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
  spot record;
  person record;
  held record;
  reached jsonb;
BEGIN
  IF workspace_slug IS NULL THEN
    SELECT p.user_id, p.tenant_id, p.id AS participant_id, p.engagement_id, t.scopes,
           jsonb_build_object('token', t.id, 'networks', t.networks, 'seen_at', t.used_at) AS proved INTO who
      FROM api_token t JOIN participant p ON p.tenant_id = t.tenant_id AND p.id = t.participant_id
     WHERE t.token_hash = credential AND t.revoked_at IS NULL AND t.expires_at > now() AND p.ended_at IS NULL;
    IF NOT FOUND THEN RETURN; END IF;
    SELECT w.slug, w.tenant_id, w.engagement_id INTO spot
      FROM workspace w
     WHERE w.tenant_id = who.tenant_id AND w.engagement_id IS NOT DISTINCT FROM who.engagement_id AND w.current;
  ELSE
    SELECT s.user_id, NULL::jsonb AS scopes,
           jsonb_build_object('met', s.met, 'stepped_at', s.stepped_at, 'seen_at', s.seen_at, 'entered', s.entered) AS proved INTO who
      FROM user_session s WHERE s.token_hash = credential AND s.expires_at > now();
    IF NOT FOUND THEN RETURN; END IF;
    SELECT n.slug, w.tenant_id, w.engagement_id INTO spot
      FROM workspace w
      JOIN workspace n ON n.tenant_id = w.tenant_id AND n.engagement_id IS NOT DISTINCT FROM w.engagement_id AND n.current
     WHERE w.slug = workspace_slug;
  END IF;
  IF spot IS NULL THEN RETURN; END IF;
  SELECT p.id, p.party, p.engagement_id, p.shown_name, p.unit_id INTO person
    FROM participant p
   WHERE p.tenant_id = spot.tenant_id AND p.user_id = who.user_id
     AND p.engagement_id IS NOT DISTINCT FROM spot.engagement_id AND p.ended_at IS NULL;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT coalesce(jsonb_agg(DISTINCT a.role), '[]') AS roles, jsonb_agg(r.permissions) FILTER (WHERE r.id IS NOT NULL) AS custom,
         bool_and(a.reach NOT IN ('all', 'leased')) AS narrowed INTO held
    FROM role_assignment a
    LEFT JOIN role r ON r.tenant_id = a.tenant_id AND r.key = a.role AND r.archived_at IS NULL
   WHERE a.tenant_id = spot.tenant_id AND a.participant_id = person.id
     AND a.starts_at <= now() AND (a.ends_at IS NULL OR a.ends_at > now());
  IF held.narrowed THEN
    -- No role reaches all rows: what those in force reach together: the person's own, units, conditions.
    SELECT jsonb_build_object(
             'own', CASE WHEN bool_or(a.reach = 'own') THEN person.id END,
             'units', array_agg(coalesce(a.unit_id, person.unit_id)) FILTER (WHERE a.reach = 'unit'),
             'trees', (WITH RECURSIVE below (id) AS (
                         SELECT * FROM unnest(array_agg(coalesce(a.unit_id, person.unit_id)) FILTER (WHERE a.reach = 'unit_and_below'))
                         UNION
                         SELECT c.id FROM below b JOIN unit c ON c.tenant_id = spot.tenant_id AND c.parent_id = b.id)
                       SELECT jsonb_agg(id) FROM below),
             'where', jsonb_agg(a.condition) FILTER (WHERE a.reach = 'condition')) INTO reached
      FROM role_assignment a
     WHERE a.tenant_id = spot.tenant_id AND a.participant_id = person.id
       AND a.starts_at <= now() AND (a.ends_at IS NULL OR a.ends_at > now());
  END IF;
  RETURN QUERY
    SELECT u.id, person.id, t.id, t.name, t.state, spot.slug,
           person.party, person.engagement_id, e.name, e.provider_name, person.shown_name,
           held.roles, who.scopes,
           ARRAY(SELECT v.key FROM tenant_vertical v WHERE v.tenant_id = t.id AND v.enabled ORDER BY v.key),
           coalesce(u.locale, t.locale), coalesce(u.time_zone, t.time_zone), t.currency, t.country, t.tailoring,
           jsonb_build_object('custom', held.custom, 'reach', reached,
             'assurance', who.proved || jsonb_build_object('policy', (
               SELECT jsonb_build_object('second_factor', q.second_factor, 'methods', q.methods, 'hours', q.session_hours,
                                         'idle', q.idle_minutes, 'networks', q.networks)
                 FROM sign_in_policy q WHERE q.tenant_id = t.id)),
             'life', jsonb_build_object('state', CASE WHEN o.state IS NOT NULL AND t.state IN ('trial', 'active')
                                                      THEN 'provider_suspended' ELSE t.state END, 'until', CASE t.state WHEN 'trial' THEN t.trial_ends_at
                                                                     WHEN 'closing' THEN t.erase_after END),
             'brand', t.settings->'brand', 'hears', webhook_events(t.id),
             'access', CASE WHEN person.engagement_id IS NOT NULL
                            THEN engagement_access(t.id, person.engagement_id, person.id, place) END),
           CASE WHEN person.party = 'client' AND person.engagement_id IS NULL THEN '{{app}}' ELSE '{{provider}}' END
      FROM tenant t
      JOIN user_account u ON u.id = who.user_id AND u.disabled_at IS NULL
      LEFT JOIN engagement e ON e.tenant_id = t.id AND e.id = person.engagement_id
      LEFT JOIN tenant o ON o.id = e.provider_tenant_id AND o.state IN ('suspended', 'closing', 'deleted')
     WHERE t.id = spot.tenant_id AND t.state IN ('trial', 'active', 'suspended', 'closing')
       AND (person.engagement_id IS NULL
            OR o.state IS DISTINCT FROM 'deleted'
               AND e.state IN ('transition', 'live', 'remediation', 'renewing', 'exiting') AND (e.ends_at IS NULL OR e.ends_at > now()));
END
$body$;
