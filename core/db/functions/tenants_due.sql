-- grant: app
-- The tenants whose trial ends within the given time or has ended, and those whose days of grace are over. Ids and times only.
CREATE OR REPLACE FUNCTION tenants_due(ahead interval) RETURNS TABLE (tenant_id uuid, state text, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT t.id, t.state, t.trial_ends_at FROM tenant t WHERE t.state = 'trial' AND t.trial_ends_at <= now() + ahead
  UNION ALL
  SELECT t.id, t.state, t.erase_after FROM tenant t WHERE t.state = 'closing' AND t.erase_after <= now()
  UNION ALL
  SELECT c.tenant_id, 'deleted', c.begun_at FROM deletion_certificate c WHERE c.state = 'erasing'
$body$;
