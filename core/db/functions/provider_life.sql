-- grant: app, provider
-- The state of the provider's own organisation where that keeps its people from working: suspended, closing or deleted; else null.
-- Of an engagement of the scope's tenant, for its provider's people of their own engagement only.
CREATE OR REPLACE FUNCTION provider_life(engagement uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT t.state
    FROM engagement e JOIN tenant t ON t.id = e.provider_tenant_id
   WHERE e.tenant_id = current_setting('app.tenant_id')::uuid AND e.id = provider_life.engagement
     AND (nullif(current_setting('app.engagement_id', true), '') IS NULL
          OR e.id = nullif(current_setting('app.engagement_id', true), '')::uuid)
     AND t.state IN ('suspended', 'closing', 'deleted')
$body$;
