-- grant: app
-- Note that a session is in use, which puts off its idle end. Asked at most once a minute for a session.
CREATE OR REPLACE FUNCTION session_touch(token bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  UPDATE user_session SET seen_at = now(), expires_at = least(ends_at, now() + make_interval(secs => idle_seconds))
   WHERE token_hash = token AND expires_at > now()
     AND seen_at < now() - interval '50 seconds' AND end_reason IS NULL
$body$;
