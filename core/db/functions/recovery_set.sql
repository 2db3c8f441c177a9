-- grant: app
-- New recovery codes in place of all earlier ones; none at all ends them.
CREATE OR REPLACE FUNCTION recovery_set(who uuid, digests bytea[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  DELETE FROM recovery_code WHERE user_id = who;
  INSERT INTO recovery_code (user_id, digest) SELECT who, d FROM unnest(digests) d;
END
$body$;
