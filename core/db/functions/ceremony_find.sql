-- grant: app
-- What was begun under a secret, counting this look as a try; after `most` of them it is over.
CREATE OR REPLACE FUNCTION ceremony_find(token bytea, what text, most integer)
RETURNS TABLE (user_id uuid, data jsonb, tries integer)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  UPDATE sign_in_ceremony c SET tries = c.tries + CASE WHEN most IS NULL THEN 0 ELSE 1 END
   WHERE c.token_hash = ceremony_find.token AND c.purpose = what AND c.expires_at > now() AND (most IS NULL OR c.tries < most)
  RETURNING c.user_id, c.data, c.tries
$body$;
