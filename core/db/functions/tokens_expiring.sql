-- grant: app
-- The tokens of every tenant that end within so many days and whose people have not been told. They count as told from here on.
CREATE OR REPLACE FUNCTION tokens_expiring(days integer) RETURNS TABLE (tenant_id uuid, token_id uuid)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  UPDATE api_token t SET warned_at = now()
   WHERE t.revoked_at IS NULL AND t.warned_at IS NULL AND t.expires_at > now()
     AND t.expires_at < now() + make_interval(days => days)
     AND t.expires_at > t.created_at + make_interval(days => days)
  RETURNING t.tenant_id, t.id
$body$;
