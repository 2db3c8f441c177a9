-- grant: app
-- Note that a session came into a tenant. Whether it is there for the first time.
CREATE OR REPLACE FUNCTION session_enter(token bytea, tenant uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  UPDATE user_session SET entered = entered || to_jsonb(tenant)
   WHERE token_hash = session_enter.token AND expires_at > now() AND NOT entered @> to_jsonb(tenant);
  RETURN FOUND;
END
$body$;
