-- grant: app
-- The passkey of a credential, and whose it is.
CREATE OR REPLACE FUNCTION passkey_find(credential bytea)
RETURNS TABLE (id uuid, user_id uuid, public_key bytea, sign_count bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT k.id, k.user_id, k.public_key, k.sign_count
    FROM user_passkey k JOIN user_account u ON u.id = k.user_id AND u.disabled_at IS NULL
   WHERE k.credential_id = credential
$body$;
