-- grant: app
-- The account of an e-mail address: the one that exists (unchanged), or a new one. Returns its id.
CREATE OR REPLACE FUNCTION user_create(new_id uuid, address text, address_key text, new_name text, new_hash text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  found_id uuid;
BEGIN
  INSERT INTO user_account (id, email, email_key, name, password_hash)
  VALUES (new_id, address, address_key, new_name, new_hash)
  ON CONFLICT (email_key) DO NOTHING;
  SELECT u.id INTO found_id FROM user_account u WHERE u.email_key = address_key;
  RETURN found_id;
END
$body$;
