-- grant: app, provider
-- Of people of the scope's tenant: the address of their account, when they were last here, how many sessions are open and
-- which second factors stand. For a provider only of its own engagement's people.
CREATE OR REPLACE FUNCTION people_seen(wanted uuid[])
RETURNS TABLE (participant_id uuid, email text, seen_at timestamptz, sessions bigint, factors text[], disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT p.id, u.email, s.seen_at, s.sessions,
         array_remove(ARRAY[
           CASE WHEN EXISTS (SELECT FROM user_totp f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) THEN 'totp' END,
           CASE WHEN EXISTS (SELECT FROM user_passkey k WHERE k.user_id = u.id) THEN 'passkey' END], NULL),
         u.disabled_at IS NOT NULL
    FROM participant p
    JOIN user_account u ON u.id = p.user_id
   CROSS JOIN LATERAL (
     SELECT max(x.seen_at) AS seen_at, count(*) FILTER (WHERE x.expires_at > now() AND x.end_reason IS NULL) AS sessions
       FROM user_session x WHERE x.user_id = u.id AND x.entered ? p.tenant_id::text) s
   WHERE p.tenant_id = current_setting('app.tenant_id')::uuid AND p.id = ANY (wanted)
     AND (current_setting('role') <> '{{provider}}'
          OR p.engagement_id = nullif(current_setting('app.engagement_id', true), '')::uuid)
$body$;
