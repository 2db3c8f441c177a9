-- grant: app
-- A sign-up that waits; locked for who is about to confirm it.
CREATE OR REPLACE FUNCTION sign_up_find(wanted uuid, locked boolean) RETURNS TABLE (sealed bytea, expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  IF locked THEN
    PERFORM FROM sign_up s WHERE s.id = wanted FOR UPDATE;
  END IF;
  RETURN QUERY SELECT s.sealed, s.expires_at FROM sign_up s WHERE s.id = wanted AND s.expires_at > now();
END
$body$;
