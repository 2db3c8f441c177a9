-- grant: app
-- What lately happened at the door of whoever holds a session's secret, the latest first.
CREATE OR REPLACE FUNCTION account_events(token bytea, most integer)
RETURNS TABLE (at timestamptz, kind text, outcome text, method text, reason text, peer text, user_agent text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT e.at, e.kind, e.outcome, e.method, e.reason, e.peer, e.user_agent
    FROM user_session m JOIN sign_in_event e ON e.user_id = m.user_id
   WHERE m.token_hash = account_events.token AND m.expires_at > now()
   ORDER BY e.at DESC, e.id DESC LIMIT most
$body$;
