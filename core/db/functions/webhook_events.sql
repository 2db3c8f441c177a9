-- grant: app, provider
-- The names of the events that addresses of a tenant hear of, `*` for every one; of no other tenant than the scope's where there
-- is a scope. An act of a provider's person is told too, though they see no address.
CREATE OR REPLACE FUNCTION webhook_events(tenant uuid) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT ARRAY(SELECT DISTINCT e.name
                 FROM webhook_endpoint w CROSS JOIN LATERAL jsonb_array_elements_text(w.events) e (name)
                WHERE w.tenant_id = tenant AND w.state = 'on'
                  AND tenant = coalesce(nullif(current_setting('app.tenant_id', true), '')::uuid, tenant)
                ORDER BY e.name)
$body$;
