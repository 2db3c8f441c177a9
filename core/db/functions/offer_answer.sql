-- grant: app
-- The provider's answer to an engagement that a client offers it: accepted it is its own, declined the client looks on.
-- The client's tenant if there was such an open offer to the scope's tenant, else null.
CREATE OR REPLACE FUNCTION offer_answer(engagement uuid, accept boolean, person text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  client uuid;
BEGIN
  UPDATE engagement e
     SET accepted_at = CASE WHEN accept THEN now() END, accepted_name = CASE WHEN accept THEN person END,
         provider_tenant_id = CASE WHEN accept THEN e.provider_tenant_id END,
         offered_at = CASE WHEN accept THEN e.offered_at END,
         provider_name = CASE WHEN accept THEN e.provider_name ELSE '' END,
         updated_at = now(), version = e.version + 1
   WHERE e.id = engagement AND e.provider_tenant_id = current_setting('app.tenant_id')::uuid
     AND e.offered_at IS NOT NULL AND e.accepted_at IS NULL AND e.state <> 'closed'
  RETURNING e.tenant_id INTO client;
  RETURN client;
END
$body$;
