-- grant: app
-- Call a passkey something else, or remove it where it is to be called nothing. Whether the person has such a passkey.
CREATE OR REPLACE FUNCTION passkey_change(who uuid, which uuid, called text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  IF called IS NULL THEN
    DELETE FROM user_passkey WHERE id = which AND user_id = who;
  ELSE
    UPDATE user_passkey SET name = called WHERE id = which AND user_id = who;
  END IF;
  RETURN FOUND;
END
$body$;
