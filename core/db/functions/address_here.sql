-- grant: app, provider
-- Whether an address takes part in the scope's workspace already: the client's own side, or the engagement.
CREATE OR REPLACE FUNCTION address_here(wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT EXISTS (
    SELECT FROM participant p JOIN user_account u ON u.id = p.user_id
     WHERE u.email_key = wanted AND p.tenant_id = current_setting('app.tenant_id')::uuid AND p.ended_at IS NULL
       AND p.engagement_id IS NOT DISTINCT FROM nullif(current_setting('app.engagement_id', true), '')::uuid)
$body$;
