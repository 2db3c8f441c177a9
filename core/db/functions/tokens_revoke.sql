-- grant: app, provider
-- End every token of a person who leaves. A provider's session has no right on tokens, and ends those of its own people only.
CREATE OR REPLACE FUNCTION tokens_revoke(person uuid) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  WITH ended AS (
    UPDATE api_token t SET revoked_at = now(), version = t.version + 1
      FROM participant p
     WHERE t.tenant_id = current_setting('app.tenant_id')::uuid AND t.participant_id = person AND t.revoked_at IS NULL
       AND p.tenant_id = t.tenant_id AND p.id = t.participant_id
       AND (current_setting('role') <> '{{provider}}'
            OR p.engagement_id = nullif(current_setting('app.engagement_id', true), '')::uuid)
    RETURNING t.id)
  SELECT count(*) FROM ended
$body$;
