-- grant: app
-- Note a failed sign-in under each throttling key, and forget those older than a day.
CREATE OR REPLACE FUNCTION login_fail(keys bytea[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  DELETE FROM login_attempt WHERE at < now() - interval '1 day';
  INSERT INTO login_attempt (id, key) SELECT gen_random_uuid(), k FROM unnest(keys) k;
END
$body$;
