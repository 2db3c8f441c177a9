-- grant: app, provider
-- When each customer was contacted, per purpose, since a moment of its own, whoever did it: for its budgets, which hold for
-- all providers together. A provider may not see another's interactions: so purposes and times only (the newest 500 each),
-- and for a provider only of customers leased to it.
CREATE OR REPLACE FUNCTION contact_times(customers uuid[], since timestamptz[], until timestamptz)
RETURNS TABLE (customer_id uuid, purpose text, started_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT a.customer_id, i.purpose, i.started_at
    FROM unnest(customers, since) AS a (customer_id, since)
   CROSS JOIN LATERAL (
     SELECT n.purpose, n.started_at FROM interaction n
      WHERE n.tenant_id = current_setting('app.tenant_id')::uuid AND n.customer_id = a.customer_id
        AND n.started_at >= a.since AND n.started_at <= until AND n.direction = 'outbound'
      ORDER BY n.started_at DESC LIMIT 500) i
   WHERE current_setting('role') <> '{{provider}}'
      OR EXISTS (SELECT 1 FROM lease l
                  WHERE l.tenant_id = current_setting('app.tenant_id')::uuid AND l.customer_id = a.customer_id
                    AND l.engagement_id = nullif(current_setting('app.lent_to', true), '')::uuid
                    AND l.ended_at IS NULL AND l.expires_at > now())
   ORDER BY a.customer_id, i.started_at, i.purpose
$body$;
