-- grant: app, provider
-- How many records of a customer there are, per wanted count: {key, of: type, states or null, since or null}. A rule of the
-- gate must say the same to whoever asks, also to a provider who may not see the records: so counts only, and for a provider
-- only of customers leased to it. `besides` is the record that the act itself is about.
CREATE OR REPLACE FUNCTION record_counts(customer uuid, wanted jsonb, besides uuid, until timestamptz)
RETURNS TABLE (key text, found bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT w.key, count(r.id)
    FROM jsonb_to_recordset(wanted) AS w (key text, "of" text, states text[], since timestamptz)
    JOIN record r ON r.tenant_id = current_setting('app.tenant_id')::uuid AND r.customer_id = customer
     AND r.type = w."of" AND r.id IS DISTINCT FROM besides AND (w.states IS NULL OR r.state = ANY (w.states))
     AND coalesce(r.occurred_at, r.created_at) <= until
     AND (w.since IS NULL OR coalesce(r.occurred_at, r.created_at) > w.since)
   WHERE current_setting('role') <> '{{provider}}'
      OR EXISTS (SELECT 1 FROM lease l
                  WHERE l.tenant_id = r.tenant_id AND l.customer_id = customer
                    AND l.engagement_id = nullif(current_setting('app.lent_to', true), '')::uuid
                    AND l.ended_at IS NULL AND l.expires_at > now())
   GROUP BY w.key
$body$;
