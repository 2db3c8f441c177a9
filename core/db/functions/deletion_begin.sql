-- grant: app
-- Begin the deletion of a tenant that is closing and whose days of grace are over; only then is there a certificate, without
-- which nothing of it can be deleted. Again for the same tenant: the certificate there is. Nothing for any other tenant.
CREATE OR REPLACE FUNCTION deletion_begin(new_id uuid, leaving uuid, new_reference text)
RETURNS TABLE (id uuid, reference text, state text, partners jsonb, notes jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
#variable_conflict use_column
BEGIN
  PERFORM FROM tenant t WHERE t.id = leaving AND t.state = 'closing' AND t.erase_after <= now() FOR UPDATE;
  IF FOUND THEN
    INSERT INTO deletion_certificate (id, tenant_id, reference, slugs, partners, notes)
    SELECT new_id, t.id, new_reference,
           coalesce((SELECT jsonb_agg(w.slug ORDER BY w.slug) FROM workspace w WHERE w.tenant_id = t.id), '[]'),
           coalesce((SELECT jsonb_agg(DISTINCT CASE WHEN e.tenant_id = t.id THEN e.provider_tenant_id ELSE e.tenant_id END)
                       FROM engagement e WHERE e.tenant_id = t.id OR e.provider_tenant_id = t.id), '[]'),
           jsonb_build_object(
             'name', t.name, 'kinds', t.kinds, 'created_at', t.created_at, 'closed_at', t.state_since,
             'users', coalesce((SELECT jsonb_agg(DISTINCT p.user_id) FROM participant p
                                 WHERE p.tenant_id = t.id AND p.user_id IS NOT NULL), '[]'))
      FROM tenant t WHERE t.id = leaving
    ON CONFLICT DO NOTHING;
    UPDATE tenant t SET state = 'deleted', state_since = now() WHERE t.id = leaving;
  END IF;
  RETURN QUERY SELECT c.id, c.reference, c.state, c.partners, c.notes FROM deletion_certificate c WHERE c.tenant_id = leaving;
END
$body$;
