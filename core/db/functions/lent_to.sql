-- grant: app, provider
-- The engagement whose leases count in a job's scope: one that works and has a live grant, else none.
CREATE OR REPLACE FUNCTION lent_to(tenant uuid, engagement uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT coalesce((
    SELECT e.id::text FROM engagement e
     WHERE e.tenant_id = tenant AND e.id = engagement
       AND e.state IN ('transition', 'live', 'remediation', 'renewing', 'exiting')
       AND (e.ends_at IS NULL OR e.ends_at > now())
       AND EXISTS (SELECT FROM data_grant g
                    WHERE g.tenant_id = tenant AND g.engagement_id = engagement
                      AND g.state IN ('approved', 'active', 'expiring') AND g.starts_at <= now() AND g.ends_at > now())), '')
$body$;
