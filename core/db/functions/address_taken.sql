-- grant: app
-- Whether an address belongs to a workspace, or did to one that is gone, or looks like one: `sight` is the address as the eye
-- takes it (no hyphens, 0 as o, 1 and i as l, rn as m). Addresses of the tenant `own` only count where they are the same.
CREATE OR REPLACE FUNCTION address_taken(wanted text, sight text, own uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT EXISTS (SELECT FROM workspace w
                  WHERE w.slug = wanted
                     OR w.tenant_id IS DISTINCT FROM own
                        AND replace(translate(replace(w.slug, '-', ''), '01i', 'oll'), 'rn', 'm') = sight)
      OR EXISTS (SELECT FROM deletion_certificate c, jsonb_array_elements_text(c.slugs) s
                  WHERE replace(translate(replace(s, '-', ''), '01i', 'oll'), 'rn', 'm') = sight)
$body$;
