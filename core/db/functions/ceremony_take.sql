-- grant: app
-- End what was begun under a secret; it can be taken once.
CREATE OR REPLACE FUNCTION ceremony_take(token bytea, what text) RETURNS TABLE (user_id uuid, data jsonb)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  DELETE FROM sign_in_ceremony c
   WHERE c.token_hash = ceremony_take.token AND c.purpose = what AND c.expires_at > now()
  RETURNING c.user_id, c.data
$body$;
