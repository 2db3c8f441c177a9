-- grant: app
-- Take the code of a time step. False where that step or a later one was taken already: a code is good once.
CREATE OR REPLACE FUNCTION totp_use(who uuid, step bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  UPDATE user_totp SET last_step = step, confirmed_at = coalesce(confirmed_at, now())
   WHERE user_id = who AND (last_step IS NULL OR last_step < step);
  RETURN FOUND;
END
$body$;
