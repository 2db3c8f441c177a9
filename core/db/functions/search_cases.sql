-- grant: app, provider
-- Cases by words of their titles, or of comments that the reader's side may read; a title before a comment, one's own and open ones
-- first. A provider's are looked for among the cases of customers lent to it and nowhere else. `inside` must stand in the text as it
-- was typed.
CREATE OR REPLACE FUNCTION search_cases(words text, inside text, typed text, me uuid, most integer)
RETURNS TABLE (id uuid, place bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $body$
DECLARE
  here uuid := current_setting('app.tenant_id')::uuid;
  lent_to uuid := nullif(current_setting('app.lent_to', true), '')::uuid;
BEGIN
  IF current_setting('role') = '{{provider}}' THEN
    RETURN QUERY
      WITH lent AS MATERIALIZED (
        SELECT l.customer_id FROM lease l
         WHERE l.tenant_id = here AND l.engagement_id = lent_to AND l.ended_at IS NULL AND l.expires_at > now()),
      seen AS MATERIALIZED (
        SELECT c.id, c.assignee_id, c.closed_at, c.opened_at, search_text(c.title) AS title
          FROM lent CROSS JOIN LATERAL (
            SELECT k.id, k.assignee_id, k.closed_at, k.opened_at, k.title FROM "case" k
             WHERE k.tenant_id = here AND k.customer_id = lent.customer_id
               AND (k.engagement_id IS NULL OR k.engagement_id = lent_to) OFFSET 0) c),
      hit AS (
        SELECT s.id, CASE WHEN starts_with(s.title, typed) THEN 1 ELSE 2 END AS rank FROM seen s
         WHERE search_keys(here, s.title) @@ words::tsquery AND (inside IS NULL OR position(inside in s.title) > 0)
        UNION ALL
        SELECT s.id, 3 FROM seen s CROSS JOIN LATERAL (
          SELECT search_text(m.body) AS body FROM case_comment m
           WHERE m.tenant_id = here AND m.case_id = s.id
             AND (m.engagement_id = lent_to OR (m.audience = 'shared' AND m.engagement_id IS NULL)) OFFSET 0) m
         WHERE search_keys(here, m.body) @@ words::tsquery AND (inside IS NULL OR position(inside in m.body) > 0))
      SELECT s.id, row_number() OVER (ORDER BY min(h.rank), s.assignee_id IS NOT DISTINCT FROM me DESC,
                                      s.closed_at IS NULL DESC, s.opened_at DESC, s.id)
        FROM hit h JOIN seen s ON s.id = h.id
       GROUP BY s.id, s.assignee_id, s.closed_at, s.opened_at ORDER BY 2 LIMIT most;
    RETURN;
  END IF;
  RETURN QUERY
    WITH hit AS (
      (SELECT c.id, CASE WHEN starts_with(search_text(c.title), typed) THEN 1 ELSE 2 END AS rank FROM "case" c
        WHERE search_keys(c.tenant_id, search_text(c.title)) @@ words::tsquery
          AND c.tenant_id IS NOT DISTINCT FROM here AND (inside IS NULL OR position(inside in search_text(c.title)) > 0)
        LIMIT 1000)
      UNION ALL
      (SELECT m.case_id, 3 FROM case_comment m
        WHERE search_keys(m.tenant_id, search_text(m.body)) @@ words::tsquery
          AND m.tenant_id IS NOT DISTINCT FROM here AND (m.audience = 'shared' OR m.engagement_id IS NULL)
          AND (inside IS NULL OR position(inside in search_text(m.body)) > 0)
        LIMIT 1000))
    SELECT c.id, row_number() OVER (ORDER BY min(h.rank), c.assignee_id IS NOT DISTINCT FROM me DESC,
                                    c.closed_at IS NULL DESC, c.opened_at DESC, c.id)
      FROM hit h CROSS JOIN LATERAL (
        SELECT k.id, k.assignee_id, k.closed_at, k.opened_at FROM "case" k
         WHERE k.tenant_id = here AND k.id = h.id OFFSET 0) c
     GROUP BY c.id, c.assignee_id, c.closed_at, c.opened_at ORDER BY 2 LIMIT most;
END
$body$;
