-- grant: app
-- Forget counts whose window is over. How many there were.
CREATE OR REPLACE FUNCTION limit_purge() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  WITH gone AS (DELETE FROM rate_count WHERE expires_at < now() RETURNING 1) SELECT count(*) FROM gone
$body$;
