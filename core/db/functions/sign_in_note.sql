-- grant: app
-- Note what happened at the door. What is older than a year is forgotten on the way. A refusal is evidence for every client
-- that the person may enter: it is in the trail of each.
CREATE OR REPLACE FUNCTION sign_in_note(
  new_id uuid, who uuid, what text, came_of_it text, by_method text, why text, place text, agent text
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
BEGIN
  DELETE FROM sign_in_event WHERE at < now() - interval '365 days';
  INSERT INTO sign_in_event (id, user_id, kind, outcome, method, reason, peer, user_agent)
  VALUES (new_id, who, what, came_of_it, by_method, why, left(place, 64), left(agent, 300));
  IF came_of_it = 'denied' THEN
    INSERT INTO audit_entry (tenant_id, id, action, outcome, reason, participant_id, party, engagement_id, subject_type,
                             subject_id, details)
    SELECT p.tenant_id, gen_random_uuid(), 'session.refused', 'denied', why, p.id, p.party, p.engagement_id, 'participant',
           p.id, jsonb_strip_nulls(jsonb_build_object('kind', what, 'method', by_method))
      FROM participant p
     WHERE p.user_id = who AND p.ended_at IS NULL;
  END IF;
END
$body$;
