-- grant: app, provider
-- Customers by parts of their names, or by the last digits of a telephone number: what no index finds behind row security. In the
-- order in which they are shown: a whole name before a beginning before a part, one's own before others', the latest before older
-- ones. `words` asks the index of all names, `inside` must stand in the name as it was typed, `initial` begins it. A provider's are
-- looked for among the customers lent to it and nowhere else: neither rows nor time tell of others. One that is found by name and by
-- its telephone comes twice.
CREATE OR REPLACE FUNCTION search_customers(
  words text, inside text, typed text, initial text, tail text, me uuid, most integer
) RETURNS TABLE (id uuid, place bigint)
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
           AND l.ended_at IS NULL AND l.expires_at > now()),
      hit AS (
        SELECT c.id, c.owner_id, c.updated_at, c.name_key, c.name_sound
          FROM lent CROSS JOIN LATERAL (
            SELECT k.id, k.owner_id, k.updated_at, k.name_key, k.name_sound FROM customer k
             WHERE k.tenant_id = here AND k.id = lent.customer_id AND k.state NOT IN ('merged', 'erased') OFFSET 0) c
         WHERE starts_with(c.name_key, initial)
            OR position(typed in c.name_key) > 0 OR position(' ' || typed in ' ' || c.name_sound) > 0
            OR (tail IS NOT NULL AND EXISTS (
                 SELECT FROM contact_point p
                  WHERE p.tenant_id = here AND p.customer_id = c.id AND p.kind = 'phone'
                    AND starts_with(reverse(p.value_key), tail))))
      SELECT h.id, row_number() OVER (ORDER BY
               CASE WHEN h.name_key = typed THEN 0
                    WHEN starts_with(h.name_key, typed) OR position(' ' || typed || ' ' in ' ' || h.name_sound || ' ') > 0 THEN 1
                    ELSE 2 END, h.owner_id IS NOT DISTINCT FROM me DESC, h.updated_at DESC, h.id)
        FROM hit h ORDER BY 2 LIMIT most;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT s.id, row_number() OVER () FROM (
      SELECT h.id FROM (
        (SELECT c.id, c.owner_id, c.updated_at, c.name_key, c.name_sound, c.state FROM customer c
          WHERE search_keys(c.tenant_id, (c.name_key || ' '::text) || COALESCE(c.name_sound, ''::text)) @@ words::tsquery
            AND c.tenant_id IS NOT DISTINCT FROM here AND c.name_key <> typed
            AND (inside IS NULL OR position(inside in c.name_key) > 0)
          LIMIT 2000)
        UNION ALL
        (SELECT c.id, c.owner_id, c.updated_at, c.name_key, c.name_sound, c.state FROM customer c
          WHERE c.tenant_id = here AND c.name_key ~>=~ typed AND c.name_key ~<=~ typed LIMIT 2000)
        UNION ALL
        (SELECT c.id, c.owner_id, c.updated_at, c.name_key, c.name_sound, c.state FROM customer c
          WHERE c.tenant_id = here AND c.name_key ~>=~ initial AND c.name_key ~<~ (initial || chr(1114111))
            AND c.name_key IS DISTINCT FROM typed
          LIMIT 2000)
        UNION ALL
        (SELECT c.id, c.owner_id, c.updated_at, c.name_key, c.name_sound, c.state
           FROM (SELECT DISTINCT p.customer_id FROM contact_point p
                  WHERE p.tenant_id = here AND p.kind = 'phone'::text
                    AND reverse(p.value_key) ~>=~ tail AND reverse(p.value_key) ~<~ (tail || ':') LIMIT 500) p
          CROSS JOIN LATERAL (SELECT k.* FROM customer k WHERE k.tenant_id = here AND k.id = p.customer_id OFFSET 0) c)
      ) h
      WHERE h.state NOT IN ('merged', 'erased')
      ORDER BY CASE WHEN h.name_key = typed THEN 0
                    WHEN starts_with(h.name_key, typed) OR position(' ' || typed || ' ' in ' ' || h.name_sound || ' ') > 0 THEN 1
                    ELSE 2 END, h.owner_id IS NOT DISTINCT FROM me DESC, h.updated_at DESC, h.id
      LIMIT most) s;
END
$body$;
