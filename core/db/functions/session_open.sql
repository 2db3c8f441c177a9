-- grant: app
-- Sign a browser in: a new session row; the one it had before, if any, ends (rotation). Failed attempts are forgotten.
CREATE OR REPLACE FUNCTION session_open(who uuid, token bytea, previous bytea, expires timestamptz, agent text, keys bytea[])
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  DELETE FROM user_session WHERE token_hash = previous OR expires_at < now();
  DELETE FROM login_attempt WHERE key = ANY (keys);
  INSERT INTO user_session (token_hash, user_id, expires_at, user_agent) VALUES (token, who, expires, left(agent, 300));
END
$body$;
