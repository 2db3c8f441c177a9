-- grant: app
-- Spend a recovery code. Whether it was there and unspent.
CREATE OR REPLACE FUNCTION recovery_use(who uuid, wanted bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  UPDATE recovery_code SET used_at = now() WHERE user_id = who AND digest = wanted AND used_at IS NULL;
  RETURN FOUND;
END
$body$;
