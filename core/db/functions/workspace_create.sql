-- grant: app
-- A new address of an engagement of the scope's tenant, or of the tenant itself (null); the one before redirects.
-- Raises unique_violation where the address is or was taken.
CREATE OR REPLACE FUNCTION workspace_create(address text, engagement uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  IF EXISTS (SELECT FROM deletion_certificate c WHERE c.slugs ? address) THEN
    RAISE unique_violation USING MESSAGE = 'a reserved address';
  END IF;
  UPDATE workspace SET current = false
   WHERE tenant_id = current_setting('app.tenant_id')::uuid AND engagement_id IS NOT DISTINCT FROM engagement;
  INSERT INTO workspace (slug, tenant_id, engagement_id) VALUES (address, current_setting('app.tenant_id')::uuid, engagement);
END
$body$;
