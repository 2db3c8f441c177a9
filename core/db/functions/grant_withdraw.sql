-- grant: provider
-- The provider takes its own request for a data grant back, while nobody has decided on it. Whether there was such a request.
CREATE OR REPLACE FUNCTION grant_withdraw(granted uuid, person text, why text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  UPDATE data_grant SET state = 'refused', ended_at = now(), ended_name = person, end_reason = why, updated_at = now(),
         version = version + 1
   WHERE tenant_id = current_setting('app.tenant_id')::uuid AND id = granted AND state IN ('requested', 'dpo_check')
     AND asked_party = 'provider' AND engagement_id = nullif(current_setting('app.engagement_id', true), '')::uuid;
  RETURN FOUND;
END
$body$;
