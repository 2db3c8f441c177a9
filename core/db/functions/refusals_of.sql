-- grant: app, provider
-- Do-not-contact entries that hold for a customer: its own, and those of bare numbers it is reached by, which no provider
-- may see. For a provider only of a customer leased to it. `[[purpose, channel, until], ...]`. plpgsql keeps the plan.
CREATE OR REPLACE FUNCTION refusals_of(customer uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $body$
BEGIN
  RETURN (
    SELECT jsonb_agg(jsonb_build_array(d.purpose, d.channel, d.until))
      FROM do_not_contact d
     WHERE d.tenant_id = current_setting('app.tenant_id')::uuid
       AND (d.customer_id = customer
            OR d.customer_id IS NULL AND d.value_key IN (
                 SELECT p.value_key FROM contact_point p
                  WHERE p.tenant_id = current_setting('app.tenant_id')::uuid AND p.customer_id = customer))
       AND (current_setting('role') <> '{{provider}}'
            OR EXISTS (SELECT 1 FROM lease l
                        WHERE l.tenant_id = d.tenant_id AND l.customer_id = customer
                          AND l.engagement_id = (SELECT nullif(current_setting('app.lent_to', true), '')::uuid)
                          AND l.ended_at IS NULL AND l.expires_at > now())));
END
$body$;
