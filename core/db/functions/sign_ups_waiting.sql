-- grant: app
-- The sign-ups that wait, for the operator of a platform without a mail server.
CREATE OR REPLACE FUNCTION sign_ups_waiting() RETURNS TABLE (id uuid, sealed bytea, created_at timestamptz, sent_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT s.id, s.sealed, s.created_at, s.sent_at FROM sign_up s WHERE s.expires_at > now() ORDER BY s.created_at
$body$;
