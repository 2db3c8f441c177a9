-- grant: app
-- Sign a browser in: a new session row; the one it had before, if any, ends (rotation). Failed attempts are forgotten.
CREATE OR REPLACE FUNCTION session_open(
  who uuid, token bytea, previous bytea, ends timestamptz, idle integer, agent text, place text, proofs jsonb, keys bytea[]
)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  DELETE FROM user_session WHERE token_hash = previous OR ends_at < now();
  DELETE FROM login_attempt WHERE key = ANY (keys);
  INSERT INTO user_session (token_hash, user_id, ends_at, expires_at, idle_seconds, user_agent, peer, met, stepped_at)
  VALUES (token, who, ends, least(ends, now() + make_interval(secs => idle)), idle, left(agent, 300), left(place, 64), proofs, now());
END
$body$;
