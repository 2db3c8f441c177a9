-- grant: app
-- The last step of a deletion: accounts of people who work nowhere else, addresses, and the tenant itself, which stays as an
-- empty number where the other party's records point to it. Counts of what went; 'tenant' is 0 where the number stays.
CREATE OR REPLACE FUNCTION deletion_finish(wanted uuid) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  leaving uuid;
  people jsonb;
  accounts bigint; addresses bigint; tenants bigint := 0;
BEGIN
  SELECT c.tenant_id, c.notes->'users' INTO leaving, people FROM deletion_certificate c
   WHERE c.id = wanted AND c.state = 'erasing';
  IF leaving IS NULL THEN RETURN NULL; END IF;
  DELETE FROM user_account u
   WHERE u.id IN (SELECT value::uuid FROM jsonb_array_elements_text(people))
     AND NOT EXISTS (SELECT FROM participant p WHERE p.user_id = u.id);
  GET DIAGNOSTICS accounts = ROW_COUNT;
  DELETE FROM workspace w WHERE w.tenant_id = leaving;
  GET DIAGNOSTICS addresses = ROW_COUNT;
  UPDATE deletion_certificate c SET partners = c.partners - leaving::text WHERE c.partners ? leaving::text;
  BEGIN
    DELETE FROM tenant t WHERE t.id = leaving;
    GET DIAGNOSTICS tenants = ROW_COUNT;
  EXCEPTION WHEN foreign_key_violation THEN
    UPDATE tenant t SET name = '', legal_name = NULL, uscc = NULL, lei = NULL, settings = '{}' WHERE t.id = leaving;
  END;
  RETURN jsonb_build_object('user_account', accounts, 'workspace', addresses, 'tenant', tenants);
END
$body$;
