-- grant: app, provider
-- When a person of the scope's tenant, and of its engagement where it has one, saw values in clear: for their own quota.
CREATE OR REPLACE FUNCTION reveal_times(person uuid, since timestamptz, most integer) RETURNS SETOF timestamptz
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT r.shown_at
    FROM reveal_event r
   WHERE r.tenant_id = current_setting('app.tenant_id')::uuid AND r.participant_id = person AND r.shown_at > since
     AND (nullif(current_setting('app.engagement_id', true), '') IS NULL
          OR r.engagement_id = nullif(current_setting('app.engagement_id', true), '')::uuid)
   ORDER BY r.shown_at DESC
   LIMIT most
$body$;
