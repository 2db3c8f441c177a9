-- grant: app
-- The sessions of whoever holds a session's secret, the latest in use first.
CREATE OR REPLACE FUNCTION account_sessions(token bytea)
RETURNS TABLE (id uuid, user_agent text, peer text, created_at timestamptz, seen_at timestamptz, ends_at timestamptz, methods jsonb, here boolean)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT s.id, s.user_agent, s.peer, s.created_at, s.seen_at, s.ends_at,
         (SELECT jsonb_agg(DISTINCT m->>'method') FROM jsonb_array_elements(s.met) m), s.token_hash = m.token_hash
    FROM user_session m JOIN user_session s ON s.user_id = m.user_id AND s.expires_at > now() AND s.end_reason IS NULL
   WHERE m.token_hash = account_sessions.token AND m.expires_at > now()
   ORDER BY s.token_hash = m.token_hash DESC, s.seen_at DESC
$body$;
