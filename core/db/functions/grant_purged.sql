-- grant: provider
-- The provider has proved that nothing of an ended grant is held. Only a grant of the scope's own engagement that has ended.
CREATE OR REPLACE FUNCTION grant_purged(granted uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  UPDATE data_grant SET state = 'purge_proved', updated_at = now(), version = version + 1
   WHERE tenant_id = current_setting('app.tenant_id')::uuid AND id = granted AND state IN ('revoked', 'expired')
     AND engagement_id = nullif(current_setting('app.engagement_id', true), '')::uuid;
  RETURN FOUND;
END
$body$;
