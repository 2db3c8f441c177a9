-- grant: app
-- Sign a browser out. Returns whether there was such a session.
CREATE OR REPLACE FUNCTION session_close(token bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  DELETE FROM user_session WHERE token_hash = token;
  RETURN FOUND;
END
$body$;
