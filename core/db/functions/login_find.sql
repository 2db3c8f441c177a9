-- grant: app
-- The account behind an e-mail key, with how often sign-in failed lately for any of the given throttling keys.
CREATE OR REPLACE FUNCTION login_find(wanted text, keys bytea[], since interval)
RETURNS TABLE (user_id uuid, password_hash text, failures bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  RETURN QUERY
    SELECT u.id, u.password_hash,
           (SELECT coalesce(max(c.n), 0) FROM
             (SELECT count(*) AS n FROM login_attempt a WHERE a.key = ANY (keys) AND a.at > now() - since GROUP BY a.key) c)
      FROM (SELECT 1) one LEFT JOIN user_account u ON u.email_key = wanted AND u.disabled_at IS NULL;
END
$body$;
