-- grant: provider
-- The provider gives a list back: its leases end in the same moment. Only a list of the scope's own engagement that is lent.
CREATE OR REPLACE FUNCTION lease_return(list uuid) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  ended integer;
BEGIN
  UPDATE lease_list SET state = 'returned', ended_at = coalesce(ended_at, now()), updated_at = now(), version = version + 1
   WHERE tenant_id = current_setting('app.tenant_id')::uuid AND id = list AND state IN ('live', 'ended', 'expired')
     AND engagement_id = nullif(current_setting('app.engagement_id', true), '')::uuid;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE lease SET ended_at = least(now(), expires_at), end_reason = 'returned', updated_at = now(), version = version + 1
   WHERE tenant_id = current_setting('app.tenant_id')::uuid AND lease_list_id = list AND ended_at IS NULL;
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN ended;
END
$body$;
