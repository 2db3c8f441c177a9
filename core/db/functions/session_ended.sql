-- grant: app
-- Whose session a secret is or was, and why it ended; no reason for one that runs. No row: there never was one, or long ago.
CREATE OR REPLACE FUNCTION session_ended(token bytea) RETURNS TABLE (user_id uuid, reason text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT s.user_id, CASE WHEN s.expires_at <= now() THEN coalesce(s.end_reason, CASE WHEN s.ends_at <= now() THEN 'too_long' ELSE 'idle' END) END
    FROM user_session s WHERE s.token_hash = session_ended.token
$body$;
