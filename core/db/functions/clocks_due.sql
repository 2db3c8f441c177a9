-- grant: app
-- The tenants that have something to tell of a clock at a moment (now, unless a test asks for another), whose is longest due
-- first. Ids only: what is due is read under each tenant's own walls. The database's time is the only clock that counts.
CREATE OR REPLACE FUNCTION clocks_due(moment timestamptz DEFAULT NULL) RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT c.tenant_id
    FROM clock c
    JOIN tenant t ON t.id = c.tenant_id AND t.state IN ('trial', 'active', 'suspended', 'closing')
   WHERE c.next_at <= coalesce(moment, now())
   GROUP BY c.tenant_id
   ORDER BY min(c.next_at)
$body$;
