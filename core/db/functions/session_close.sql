-- grant: app
-- Sign a browser out. Returns whether there was such a session.
CREATE OR REPLACE FUNCTION session_close(token bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  UPDATE user_session SET expires_at = now(), end_reason = 'signed_out'
   WHERE token_hash = session_close.token AND expires_at > now() AND end_reason IS NULL;
  RETURN FOUND;
END
$body$;
