-- grant: app, provider
-- When a customer was contacted and what for, whoever did it: for its budgets, which hold for all providers together. A
-- provider may not see another's interactions: so purposes and times only (the newest 500), and for a provider only of a
-- customer leased to it. `[[purpose, time], ...]`, the oldest first. Told once per decision of the gate: plpgsql keeps the plan.
CREATE OR REPLACE FUNCTION past_contacts(customer uuid, since timestamptz, until timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $body$
BEGIN
  RETURN (
    SELECT jsonb_agg(jsonb_build_array(i.purpose, i.started_at) ORDER BY i.started_at, i.purpose)
      FROM (
        SELECT n.purpose, n.started_at FROM interaction n
         WHERE n.tenant_id = current_setting('app.tenant_id')::uuid AND n.customer_id = customer
           AND n.started_at >= since AND n.started_at <= until AND n.direction = 'outbound'
         ORDER BY n.started_at DESC LIMIT 500) i
     WHERE current_setting('role') <> '{{provider}}'
        OR EXISTS (SELECT 1 FROM lease l
                    WHERE l.tenant_id = current_setting('app.tenant_id')::uuid AND l.customer_id = customer
                      AND l.engagement_id = (SELECT nullif(current_setting('app.lent_to', true), '')::uuid)
                      AND l.ended_at IS NULL AND l.expires_at > now()));
END
$body$;
