-- grant: app
-- Keep a sign-up until its mail is answered, and forget those whose time is over.
CREATE OR REPLACE FUNCTION sign_up_keep(new_id uuid, words bytea, until timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  DELETE FROM sign_up WHERE expires_at < now();
  INSERT INTO sign_up (id, sealed, expires_at) VALUES (new_id, words, until);
$body$;
