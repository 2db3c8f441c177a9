-- grant: app
-- The provider behind a code that it made for a client: its tenant and name, once. Nothing else of it is told.
CREATE OR REPLACE FUNCTION partner_take(code text) RETURNS TABLE (tenant_id uuid, name text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    UPDATE partner_code c SET used_at = now(), updated_at = now(), version = c.version + 1
      FROM tenant t
     WHERE c.digest = code AND c.used_at IS NULL AND c.withdrawn_at IS NULL AND c.expires_at > now()
       AND t.id = c.tenant_id AND t.state IN ('trial', 'active') AND t.kinds ? 'provider'
       AND t.id <> current_setting('app.tenant_id')::uuid
    RETURNING t.id, t.name;
END
$body$;
