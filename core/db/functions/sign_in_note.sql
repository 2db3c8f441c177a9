-- grant: app
-- Note what happened at the door. What is older than a year is forgotten on the way.
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
END
$body$;
