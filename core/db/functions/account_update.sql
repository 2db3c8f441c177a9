-- grant: app
-- How a person is called and wishes to read.
CREATE OR REPLACE FUNCTION account_update(who uuid, shown text, language text, zone text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  UPDATE user_account SET name = shown, locale = language, time_zone = zone WHERE id = who
$body$;
