-- grant: app
-- A new tenant and its workspace address. Raises unique_violation where the address is or was taken.
CREATE OR REPLACE FUNCTION tenant_create(
  new_id uuid, address text, new_name text, new_kinds jsonb, new_locale text, new_zone text, new_currency text, new_country text
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  IF EXISTS (SELECT FROM deletion_certificate c WHERE c.slugs ? address) THEN
    RAISE unique_violation USING MESSAGE = 'a reserved address';
  END IF;
  INSERT INTO tenant (id, name, kinds, locale, time_zone, currency, country)
  VALUES (new_id, new_name, new_kinds, new_locale, new_zone, new_currency, new_country);
  INSERT INTO workspace (slug, tenant_id) VALUES (address, new_id);
END
$body$;
