-- grant: app
-- A sign-up is done, or its mail has gone out (only then it stays).
CREATE OR REPLACE FUNCTION sign_up_end(wanted uuid, sent boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  IF sent THEN
    UPDATE sign_up SET sent_at = now() WHERE id = wanted;
  ELSE
    DELETE FROM sign_up WHERE id = wanted;
  END IF;
END
$body$;
