-- grant: app
-- A new password. Every other session ends, and so does every link that would set another. How many sessions ended.
CREATE OR REPLACE FUNCTION password_set(who uuid, hash text, keep bytea) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  ended integer;
BEGIN
  UPDATE user_account SET password_hash = hash, password_changed_at = now() WHERE id = who;
  DELETE FROM sign_in_ceremony WHERE user_id = who;
  UPDATE user_session SET expires_at = now(), end_reason = 'password_changed'
   WHERE user_id = who AND expires_at > now() AND token_hash IS DISTINCT FROM keep;
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN ended;
END
$body$;
