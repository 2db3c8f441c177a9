-- grant: app
-- Keep a new passkey of a person.
CREATE OR REPLACE FUNCTION passkey_add(new_id uuid, who uuid, credential bytea, key bytea, counter bigint, is_synced boolean, called text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  INSERT INTO user_passkey (id, user_id, credential_id, public_key, sign_count, synced, name)
  VALUES (new_id, who, credential, key, counter, is_synced, called)
$body$;
