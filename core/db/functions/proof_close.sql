-- grant: app
-- The provider proves, from its own workspace, that nothing of a closed engagement is held: its lists count as returned, its
-- grants as purged, and the proof stands in the client's tenant. The client's tenant, or null where nothing is owed.
CREATE OR REPLACE FUNCTION proof_close(engagement uuid, proof uuid, said jsonb, person text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
#variable_conflict use_variable
DECLARE
  held record;
  done bigint;
  more bigint;
BEGIN
  SELECT e.tenant_id, e.id, e.provider_tenant_id INTO held FROM engagement e
   WHERE e.id = engagement AND e.provider_tenant_id = current_setting('app.tenant_id')::uuid AND e.state = 'closed'
     AND nullif(current_setting('app.engagement_id', true), '') IS NULL
     FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE lease_list s SET state = 'returned', updated_at = now(), version = s.version + 1
   WHERE s.tenant_id = held.tenant_id AND s.engagement_id = held.id AND s.state IN ('ended', 'expired');
  GET DIAGNOSTICS done = ROW_COUNT;
  UPDATE data_grant d SET state = 'purge_proved', updated_at = now(), version = d.version + 1
   WHERE d.tenant_id = held.tenant_id AND d.engagement_id = held.id AND d.state IN ('revoked', 'expired')
     AND d.approved_at IS NOT NULL;
  GET DIAGNOSTICS more = ROW_COUNT;
  IF done + more = 0 THEN RETURN NULL; END IF;
  INSERT INTO return_proof (tenant_id, id, engagement_id, provider_tenant_id, document, digest, signature, counts,
                            signed_party, signed_name)
  VALUES (held.tenant_id, proof, held.id, held.provider_tenant_id, said ->> 'document', said ->> 'digest',
          said ->> 'signature', said -> 'counts', 'provider', person);
  RETURN held.tenant_id;
END
$body$;
