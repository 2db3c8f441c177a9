-- grant: app
-- End a person's sessions at once: the one that is named, or all but `keep`. How many there were. They are kept until they would
-- have ended by themselves, so that whoever still holds a secret can be told why it opens nothing.
CREATE OR REPLACE FUNCTION session_end(who uuid, which uuid, keep bytea, why text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  ended integer;
BEGIN
  UPDATE user_session SET expires_at = now(), end_reason = why
   WHERE user_id = who AND expires_at > now() AND (which IS NULL OR id = which)
     AND token_hash IS DISTINCT FROM keep;
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN ended;
END
$body$;
