-- grant: app
-- The member of the scope's tenant, of its own side, whom an e-mail address names.
CREATE OR REPLACE FUNCTION participant_by_address(address text) RETURNS TABLE (participant_id uuid, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT p.id, p.user_id
    FROM user_account u
    JOIN participant p ON p.user_id = u.id
   WHERE u.email_key = address AND p.tenant_id = current_setting('app.tenant_id')::uuid AND p.engagement_id IS NULL
$body$;
