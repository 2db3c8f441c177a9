-- grant: app
-- A new secret that waits for its first code, or none.
CREATE OR REPLACE FUNCTION totp_set(who uuid, sealed bytea) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  DELETE FROM user_totp WHERE user_id = who;
  IF sealed IS NOT NULL THEN INSERT INTO user_totp (user_id, secret) VALUES (who, sealed); END IF;
END
$body$;
