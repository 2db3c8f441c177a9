-- grant: app
-- The account behind an e-mail key, with how often sign-in failed lately for each of the given throttling keys.
CREATE OR REPLACE FUNCTION login_find(wanted text, keys bytea[], since interval)
RETURNS TABLE (user_id uuid, password_hash text, name text, second_factor boolean, failures bigint[])
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  RETURN QUERY
    SELECT u.id, u.password_hash, u.name,
           EXISTS (SELECT FROM user_totp f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)
           OR EXISTS (SELECT FROM user_passkey k WHERE k.user_id = u.id),
           ARRAY(SELECT (SELECT count(*) FROM login_attempt a WHERE a.key = k.key AND a.at > now() - since)
                   FROM unnest(keys) WITH ORDINALITY k (key, n) ORDER BY k.n)
      FROM (SELECT 1) one LEFT JOIN user_account u ON u.email_key = wanted AND u.disabled_at IS NULL;
END
$body$;
