-- grant: app
-- Whether a provider's person may see customers now, from this place: the live grants, the seat, or the reason why not.
-- Every live grant of the engagement must admit the person, so that no lease of one is seen under the terms of another.
CREATE OR REPLACE FUNCTION engagement_access(tenant uuid, engagement uuid, participant uuid, place jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
#variable_conflict use_variable
DECLARE
  seat record;
  profile record;
  granted record;
  live jsonb := '[]';
  reason text;
  whence text;
BEGIN
  SELECT s.id, s.label, s.country, s.site_id INTO seat
    FROM seat s
   WHERE s.tenant_id = tenant AND s.engagement_id = engagement AND s.state = 'active'
     AND (s.network IS NOT NULL OR s.needs_device)
     AND (s.network IS NULL OR (place ->> 'peer')::inet <<= s.network::cidr)
     AND (NOT s.needs_device OR s.device = decode(place ->> 'device', 'hex'))
   ORDER BY s.needs_device DESC, masklen(s.network::cidr) DESC, s.label
   LIMIT 1;
  SELECT a.skills, a.certificates, a.nda_signed_on, t.country INTO profile
    FROM agent_profile a LEFT JOIN site t ON t.tenant_id = tenant AND t.id = a.site_id
   WHERE a.tenant_id = tenant AND a.participant_id = participant;
  whence := coalesce(seat.country, profile.country);
  FOR granted IN
    SELECT * FROM data_grant g
     WHERE g.tenant_id = tenant AND g.engagement_id = engagement AND g.state IN ('approved', 'active', 'expiring')
       AND g.starts_at <= now() AND g.ends_at > now()
     ORDER BY g.ends_at, g.id
  LOOP
    live := live || jsonb_build_object(
      'id', granted.id, 'purpose', granted.purpose, 'fields', granted.fields, 'countries', granted.countries,
      'ends_at', granted.ends_at, 'frozen', EXISTS (
        SELECT FROM grant_freeze f
         WHERE f.tenant_id = granted.tenant_id AND f.data_grant_id = granted.id AND f.lifted_at IS NULL));
    reason := coalesce(reason, CASE
      WHEN granted.site_ids <> '[]' AND (seat.site_id IS NULL OR NOT granted.site_ids ? seat.site_id::text) THEN 'seat'
      WHEN granted.countries <> '[]' AND whence IS NOT NULL AND NOT granted.countries ? whence THEN 'country'
      WHEN granted.measures ? 'nda' AND profile.nda_signed_on IS NULL THEN 'nda'
      WHEN granted.skills <> '[]' AND NOT EXISTS (
        SELECT FROM jsonb_array_elements_text(granted.skills) w (skill)
         WHERE profile.skills ? w.skill AND NOT EXISTS (
           SELECT FROM jsonb_array_elements(profile.certificates) c
            WHERE c ->> 'key' = w.skill AND (c ->> 'valid_to')::date < current_date)) THEN 'skill' END);
  END LOOP;
  IF live = '[]' THEN reason := 'no_grant'; END IF;
  RETURN jsonb_build_object(
    'grants', live, 'withheld', reason,
    'lent_to', CASE WHEN reason IS NULL THEN engagement ELSE NULL END,
    'seat', CASE WHEN seat.id IS NOT NULL
                 THEN jsonb_build_object('id', seat.id, 'label', seat.label, 'country', seat.country) END);
END
$body$;
