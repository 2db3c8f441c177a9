-- grant: app, provider
-- Outbound contacts with each customer since the start of its day, week and month, per purpose, whoever made them. A
-- provider may not see another provider's interactions, but the customer's limit holds for all of them together: so counts
-- only, and for a provider only of customers leased to it.
CREATE OR REPLACE FUNCTION contact_counts(
  customers uuid[], days timestamptz[], weeks timestamptz[], months timestamptz[], until timestamptz
) RETURNS TABLE (customer_id uuid, purpose text, day bigint, week bigint, month bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT a.customer_id, i.purpose,
         count(*) FILTER (WHERE i.started_at >= a.day), count(*) FILTER (WHERE i.started_at >= a.week), count(*)
    FROM unnest(customers, days, weeks, months) AS a (customer_id, day, week, month)
    JOIN interaction i ON i.tenant_id = current_setting('app.tenant_id')::uuid AND i.customer_id = a.customer_id
     AND i.started_at >= a.month AND i.started_at <= until AND i.direction = 'outbound'
   WHERE current_setting('role') <> '{{provider}}'
      OR EXISTS (SELECT 1 FROM lease l
                  WHERE l.tenant_id = i.tenant_id AND l.customer_id = a.customer_id
                    AND l.engagement_id = nullif(current_setting('app.engagement_id', true), '')::uuid
                    AND l.ended_at IS NULL AND l.expires_at > now())
   GROUP BY a.customer_id, i.purpose
$body$;
