-- grant: app
-- A session proved itself again: it notes with what, and gets a new secret. The old one is good for ten seconds more, for what
-- the browser has asked already. Whether there was such a session.
CREATE OR REPLACE FUNCTION session_step(token bytea, fresh bytea, proof jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  INSERT INTO user_session (token_hash, id, user_id, created_at, ends_at, expires_at, idle_seconds, user_agent, peer, met, entered, stepped_at)
  SELECT fresh, s.id, s.user_id, s.created_at, s.ends_at, s.expires_at, s.idle_seconds, s.user_agent, s.peer,
         coalesce((SELECT jsonb_agg(m) FROM jsonb_array_elements(s.met) m
                    WHERE (m->>'method', m->>'tenant') IS DISTINCT FROM (proof->>'method', proof->>'tenant')), '[]'::jsonb)
           || jsonb_build_array(proof || jsonb_build_object('at', now())),
         s.entered, now()
    FROM user_session s WHERE s.token_hash = token AND s.expires_at > now() AND s.end_reason IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE user_session SET expires_at = least(expires_at, now() + interval '10 seconds'), end_reason = 'renewed' WHERE token_hash = token;
  RETURN true;
END
$body$;
