-- grant: app, provider
-- What the gate's rules ask of segments and grades: of the tenant's own segments that rules name, whether the customer is in the
-- snapshot or what the live condition is; what such a condition is asked of; and how the customer's grade is to be treated. Null
-- where nothing is asked. For a provider only of a customer leased to it: a verdict is the same whoever asks.
CREATE OR REPLACE FUNCTION segments_told(customer uuid, named text[], live boolean, treated boolean) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $body$
BEGIN
  RETURN (
    SELECT jsonb_build_object(
             'segments', (
               SELECT jsonb_agg(jsonb_build_array(s.key, s.mode, s.state, s.condition, EXISTS (
                        SELECT 1 FROM segment_member m
                         WHERE m.tenant_id = s.tenant_id AND m.segment_id = s.id AND m.round = s.round
                           AND m.customer_id = c.id)))
                 FROM segment s
                WHERE s.tenant_id = c.tenant_id AND s.key = ANY (named)),
             'held', CASE WHEN live THEN jsonb_build_object(
               'kind', c.kind, 'state', c.state, 'salutation', c.salutation, 'born_on', c.born_on, 'country', c.country,
               'region', c.region, 'time_zone', c.time_zone, 'locale', c.locale, 'grade', c.grade,
               'attributes', c.attributes) END,
             'treatment', CASE WHEN treated THEN (
               SELECT g->'treatment'
                 FROM grade_scheme k, jsonb_array_elements(k.grades) g
                WHERE k.tenant_id = c.tenant_id AND k.state = 'live' AND g->>'key' = c.grade) END)
      FROM customer c
     WHERE c.tenant_id = current_setting('app.tenant_id')::uuid AND c.id = customer
       AND (current_setting('role') <> '{{provider}}'
            OR EXISTS (SELECT 1 FROM lease l
                        WHERE l.tenant_id = c.tenant_id AND l.customer_id = customer
                          AND l.engagement_id = nullif(current_setting('app.lent_to', true), '')::uuid
                          AND l.ended_at IS NULL AND l.expires_at > now())));
END
$body$;
