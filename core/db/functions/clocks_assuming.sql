-- grant: app
-- The tenants with running clocks that assume a year whose public calendar was not published, by country and year.
CREATE OR REPLACE FUNCTION clocks_assuming() RETURNS TABLE (tenant_id uuid, country text, years bigint[])
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT c.tenant_id, c.basis->>'country', array_agg(DISTINCT y.year::bigint)
    FROM clock c
    JOIN tenant t ON t.id = c.tenant_id AND t.state IN ('trial', 'active', 'suspended', 'closing'),
         jsonb_array_elements_text(c.basis->'assumed') AS y (year)
   WHERE c.stopped_at IS NULL AND c.basis->'assumed' <> '[]'
   GROUP BY 1, 2
$body$;
