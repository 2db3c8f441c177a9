-- grant: app, provider
-- People one can reach at a customer, by parts of their names: as search_customers, and for a provider those of customers lent to it.
CREATE OR REPLACE FUNCTION search_contacts(words text, inside text, typed text, initial text, most integer)
RETURNS TABLE (id uuid, place bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $body$
DECLARE
  here uuid := current_setting('app.tenant_id')::uuid;
BEGIN
  IF current_setting('role') = '{{provider}}' THEN
    RETURN QUERY
      WITH lent AS MATERIALIZED (
        SELECT l.customer_id FROM lease l
         WHERE l.tenant_id = here AND l.engagement_id = nullif(current_setting('app.lent_to', true), '')::uuid
           AND l.ended_at IS NULL AND l.expires_at > now())
      SELECT c.id, row_number() OVER (ORDER BY
               CASE WHEN c.name_key = typed THEN 0 WHEN starts_with(c.name_key, typed) THEN 1 ELSE 2 END,
               c.updated_at DESC, c.id)
        FROM lent CROSS JOIN LATERAL (
          SELECT k.id, k.updated_at, k.name_key, k.name_sound FROM contact k
           WHERE k.tenant_id = here AND k.customer_id = lent.customer_id OFFSET 0) c
       WHERE starts_with(c.name_key, initial)
          OR position(typed in c.name_key) > 0 OR position(' ' || typed in ' ' || c.name_sound) > 0
       ORDER BY 2 LIMIT most;
    RETURN;
  END IF;
  RETURN QUERY
    WITH hit AS (
      (SELECT c.id, c.updated_at, c.name_key FROM contact c
        WHERE search_keys(c.tenant_id, (c.name_key || ' '::text) || COALESCE(c.name_sound, ''::text)) @@ words::tsquery
          AND c.tenant_id IS NOT DISTINCT FROM here AND (inside IS NULL OR position(inside in c.name_key) > 0)
        LIMIT 2000)
      UNION (SELECT c.id, c.updated_at, c.name_key FROM contact c
              WHERE c.tenant_id = here AND c.name_key ~>=~ initial AND c.name_key ~<~ (initial || chr(1114111)) LIMIT 2000))
    SELECT h.id, row_number() OVER (ORDER BY
             CASE WHEN h.name_key = typed THEN 0 WHEN starts_with(h.name_key, typed) THEN 1 ELSE 2 END,
             h.updated_at DESC, h.id)
      FROM hit h ORDER BY 2 LIMIT most;
END
$body$;
