-- grant: app
-- What a signed-in person (by their session's secret) or a person on the way in (by id) is to be asked for and may see of themselves.
CREATE OR REPLACE FUNCTION account_find(token bytea, who uuid)
RETURNS TABLE (
  user_id uuid, email text, name text, locale text, time_zone text, password_hash text, password_changed_at timestamptz,
  totp_secret bytea, totp_confirmed_at timestamptz, codes_left bigint, codes_made bigint, passkeys jsonb,
  session_id uuid, met jsonb, stepped_at timestamptz, places text[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT u.id, u.email, u.name, u.locale, u.time_zone, u.password_hash, u.password_changed_at, f.secret, f.confirmed_at,
           (SELECT count(*) FROM recovery_code c WHERE c.user_id = u.id AND c.used_at IS NULL),
           (SELECT count(*) FROM recovery_code c WHERE c.user_id = u.id),
           coalesce((SELECT jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'credential', encode(k.credential_id, 'hex'),
                       'synced', k.synced, 'created_at', k.created_at, 'used_at', k.used_at) ORDER BY k.created_at)
                       FROM user_passkey k WHERE k.user_id = u.id), '[]'::jsonb),
           s.id, s.met, s.stepped_at,
           ARRAY(SELECT DISTINCT t.name FROM participant p JOIN tenant t ON t.id = p.tenant_id WHERE p.user_id = u.id AND p.ended_at IS NULL)
      FROM user_account u
      LEFT JOIN user_session s ON s.user_id = u.id AND s.token_hash = account_find.token AND s.expires_at > now()
      LEFT JOIN user_totp f ON f.user_id = u.id
     WHERE u.disabled_at IS NULL
       AND u.id = coalesce(account_find.who, (SELECT x.user_id FROM user_session x WHERE x.token_hash = account_find.token AND x.expires_at > now()));
END
$body$;
