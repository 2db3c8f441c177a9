-- grant: app
-- Note that an API token is in use. Asked at most once a minute for a token.
CREATE OR REPLACE FUNCTION token_touch(credential bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  UPDATE api_token SET used_at = now()
   WHERE token_hash = credential AND (used_at IS NULL OR used_at < now() - interval '50 seconds')
$body$;
