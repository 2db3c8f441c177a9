-- grant: app, provider
-- How many cases of the named workflows are open per customer, whoever works on them: an open complaint stops every
-- provider's offers. For a provider only of customers leased to it.
CREATE OR REPLACE FUNCTION open_cases(customers uuid[], workflows text[]) RETURNS TABLE (customer_id uuid, cases bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT c.customer_id, count(*)
    FROM "case" c
   WHERE c.tenant_id = current_setting('app.tenant_id')::uuid AND c.customer_id = ANY (customers)
     AND c.workflow = ANY (workflows) AND c.closed_at IS NULL
     AND (current_setting('role') <> '{{provider}}'
          OR EXISTS (SELECT 1 FROM lease l
                      WHERE l.tenant_id = c.tenant_id AND l.customer_id = c.customer_id
                        AND l.engagement_id = nullif(current_setting('app.lent_to', true), '')::uuid
                        AND l.ended_at IS NULL AND l.expires_at > now()))
   GROUP BY c.customer_id
$body$;
