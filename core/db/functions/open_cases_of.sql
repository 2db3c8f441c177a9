-- grant: app, provider
-- How many cases of the named workflows a customer has open, whoever works on them: an open complaint stops every provider's
-- offers. For a provider only of a customer leased to it. Told once per decision of the gate: plpgsql keeps the plan.
CREATE OR REPLACE FUNCTION open_cases_of(customer uuid, workflows text[]) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $body$
BEGIN
  RETURN (
    SELECT count(*)
      FROM "case" c
     WHERE c.tenant_id = current_setting('app.tenant_id')::uuid AND c.customer_id = customer
       AND c.workflow = ANY (workflows) AND c.closed_at IS NULL
       AND (current_setting('role') <> '{{provider}}'
            OR EXISTS (SELECT 1 FROM lease l
                        WHERE l.tenant_id = c.tenant_id AND l.customer_id = customer
                          AND l.engagement_id = (SELECT nullif(current_setting('app.lent_to', true), '')::uuid)
                          AND l.ended_at IS NULL AND l.expires_at > now())));
END
$body$;
