-- grant: app
-- Note how far a deletion has come.
CREATE OR REPLACE FUNCTION deletion_note(wanted uuid, more jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  UPDATE deletion_certificate SET notes = notes || more WHERE id = wanted AND state = 'erasing'
$body$;
