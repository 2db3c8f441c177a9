-- grant: app
-- Begin something at the door that a later request ends: a second step, a challenge, a link by mail. A link by mail ends the one
-- before it.
CREATE OR REPLACE FUNCTION ceremony_open(token bytea, what text, who uuid, content jsonb, lasts interval) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  DELETE FROM sign_in_ceremony WHERE expires_at < now() OR (token_hash = token AND purpose = what)
     OR (what = 'reset' AND purpose = what AND user_id = who);
  INSERT INTO sign_in_ceremony (token_hash, purpose, user_id, data, expires_at) VALUES (token, what, who, content, now() + lasts);
END
$body$;
