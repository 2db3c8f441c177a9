-- grant: app
-- The tenants whose trail has been sealed, for the nightly verification of each behind its own walls.
CREATE OR REPLACE FUNCTION audit_tenants() RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT t.id FROM tenant t WHERE EXISTS (SELECT 1 FROM audit_batch b WHERE b.tenant_id = t.id)
$body$;
