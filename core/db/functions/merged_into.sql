-- grant: app, provider
-- Where a merged customer leads in the end; null for one that is not merged. A provider no longer sees the merged one itself, so it
-- is told where it leads only where the survivor is lent to the scope's own engagement.
CREATE OR REPLACE FUNCTION merged_into(customer uuid) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  here uuid := customer;
  next uuid;
BEGIN
  FOR step IN 1..50 LOOP
    next := (SELECT m.survivor_id FROM customer_merge m
              WHERE m.tenant_id = current_setting('app.tenant_id')::uuid AND m.customer_id = here AND m.state = 'done');
    EXIT WHEN next IS NULL;
    here := next;
  END LOOP;
  IF here = customer OR (current_setting('role') = '{{provider}}' AND NOT EXISTS (
       SELECT 1 FROM lease l
        WHERE l.tenant_id = current_setting('app.tenant_id')::uuid AND l.customer_id = here
          AND l.engagement_id = (SELECT nullif(current_setting('app.lent_to', true), '')::uuid)
          AND l.ended_at IS NULL AND l.expires_at > now())) THEN
    RETURN NULL;
  END IF;
  RETURN here;
END
$body$;
