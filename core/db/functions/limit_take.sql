-- grant: app
-- Spend from a budget of `most` in `seconds`, if that much is left. The window slides: what was spent in the slot before counts
-- for the part of it that still lies within the window. Says how much was spent, this time included, or that it was too much.
CREATE OR REPLACE FUNCTION limit_take(key bytea, cost integer, most integer, seconds integer)
RETURNS TABLE (allowed boolean, spent bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  moment double precision := extract(epoch FROM clock_timestamp());
  now_slot bigint := floor(moment / seconds);
  part double precision := 1 - (moment / seconds - floor(moment / seconds));
  before bigint := coalesce((SELECT r.count FROM rate_count r WHERE r.key = limit_take.key AND r.slot = now_slot - 1), 0);
  room bigint := most - ceil(before * part);
  total bigint;
BEGIN
  IF room >= cost THEN
    INSERT INTO rate_count AS r (key, slot, count, expires_at)
    VALUES (limit_take.key, now_slot, cost, to_timestamp((now_slot + 2) * seconds))
    ON CONFLICT ON CONSTRAINT pk_rate_count DO UPDATE SET count = r.count + cost WHERE r.count + cost <= room
    RETURNING r.count INTO total;
  END IF;
  RETURN QUERY SELECT total IS NOT NULL, coalesce(total, 0) + ceil(before * part)::bigint;
END
$body$;
