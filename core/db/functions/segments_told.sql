-- grant: app, provider
-- What the gate's rules ask of segments and grades: of the tenant's own segments that rules name, whether the customer is in the
-- snapshot or what the live condition is; and how a grade is to be treated, where one is asked. Null where nothing is known. For a
-- provider only of a customer leased to it: a verdict is the same whoever asks.
CREATE OR REPLACE FUNCTION segments_told(customer uuid, named text[], graded text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $body$
DECLARE
  tenant CONSTANT uuid := current_setting('app.tenant_id')::uuid;
  found jsonb;
  treated jsonb;
BEGIN
  IF current_setting('role') = '{{provider}}'
     AND NOT EXISTS (SELECT 1 FROM lease l
                      WHERE l.tenant_id = tenant AND l.customer_id = customer
                        AND l.engagement_id = (SELECT nullif(current_setting('app.lent_to', true), '')::uuid)
                        AND l.ended_at IS NULL AND l.expires_at > now()) THEN
    RETURN NULL;
  END IF;
  SELECT jsonb_agg(jsonb_build_array(s.key, s.mode, s.state, s.condition, EXISTS (
           SELECT 1 FROM segment_member m
            WHERE m.tenant_id = s.tenant_id AND m.segment_id = s.id AND m.round = s.round AND m.customer_id = customer)))
    INTO found FROM segment s WHERE s.tenant_id = tenant AND s.key = ANY (named);
  SELECT g->'treatment' INTO treated
    FROM grade_scheme k, jsonb_array_elements(k.grades) g
   WHERE graded IS NOT NULL AND k.tenant_id = tenant AND k.state = 'live' AND g->>'key' = graded;
  IF found IS NULL AND treated IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN jsonb_build_object('segments', found, 'treatment', treated);
END
$body$;
