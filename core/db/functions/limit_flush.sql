-- grant: app
-- Add what a process has counted, `[{"key", "slot", "count", "seconds"}]`, and say what all processes have counted together in that
-- slot and the one before. Keys are taken in one order, so that two processes wait for each other in no circle.
CREATE OR REPLACE FUNCTION limit_flush(counted jsonb)
RETURNS TABLE (key text, slot bigint, total bigint, before bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    WITH given AS (
      SELECT decode(g->>'key', 'hex') AS key, (g->>'slot')::bigint AS slot, (g->>'count')::bigint AS count, (g->>'seconds')::bigint AS seconds
        FROM jsonb_array_elements(counted) g ORDER BY 1, 2
    ), kept AS (
      INSERT INTO rate_count AS r (key, slot, count, expires_at)
      SELECT g.key, g.slot, g.count, to_timestamp((g.slot + 2) * g.seconds) FROM given g
      ON CONFLICT ON CONSTRAINT pk_rate_count DO UPDATE SET count = r.count + excluded.count
      RETURNING r.key, r.slot, r.count
    )
    SELECT encode(k.key, 'hex'), k.slot, k.count,
           coalesce((SELECT p.count FROM rate_count p WHERE p.key = k.key AND p.slot = k.slot - 1), 0)
      FROM kept k;
END
$body$;
