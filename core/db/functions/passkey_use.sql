-- grant: app
-- Note that a passkey was used, with what its counter said.
CREATE OR REPLACE FUNCTION passkey_use(which uuid, counter bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  UPDATE user_passkey SET used_at = now(), sign_count = counter WHERE id = which
$body$;
