-- grant: app, provider
-- The database role of a party.
CREATE OR REPLACE FUNCTION scope_role(party text) RETURNS text
LANGUAGE sql IMMUTABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT CASE WHEN party = 'provider' THEN '{{provider}}' ELSE '{{app}}' END
$body$;
