-- grant: app
-- Forget kept events of every tenant that are older than so many days: whoever was to hear of them has, or was given up on.
-- Of a suspended organisation they are kept: what it is to be told waits until it is active again.
-- How many there were.
CREATE OR REPLACE FUNCTION outbox_purge(days integer) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  WITH gone AS (
    DELETE FROM outbox_event e WHERE occurred_at < now() - make_interval(days => days)
       AND NOT EXISTS (SELECT FROM tenant t WHERE t.id = e.tenant_id AND t.state = 'suspended') RETURNING 1
  )
  SELECT count(*) FROM gone
$body$;
