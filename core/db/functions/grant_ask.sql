-- grant: provider
-- The provider asks for a data grant in its own engagement, or for a wider one. Nothing comes of it before the client's people
-- have checked and approved it: the row is a request, by one of the engagement's people, and no more can be said of it here.
CREATE OR REPLACE FUNCTION grant_ask(granted uuid, widened uuid, person uuid, terms jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
DECLARE
  held record;
  who record;
BEGIN
  SELECT e.tenant_id, e.id, e.provider_tenant_id INTO held FROM engagement e
   WHERE e.tenant_id = current_setting('app.tenant_id')::uuid
     AND e.id = nullif(current_setting('app.engagement_id', true), '')::uuid
     AND e.accepted_at IS NOT NULL AND e.state IN ('due_diligence', 'contracting', 'transition', 'live', 'remediation', 'renewing', 'exiting')
     FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  SELECT p.user_id, p.shown_name INTO who FROM participant p
   WHERE p.tenant_id = held.tenant_id AND p.engagement_id = held.id AND p.id = person AND p.ended_at IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM data_grant g
              WHERE g.tenant_id = held.tenant_id AND g.engagement_id = held.id
                AND (g.state IN ('requested', 'dpo_check')
                     OR (g.state IN ('approved', 'active', 'expiring') AND g.id IS DISTINCT FROM widened))
                AND g.purpose IN (terms ->> 'purpose', 'any')
                AND g.starts_at < (terms ->> 'ends_at')::timestamptz AND g.ends_at > (terms ->> 'starts_at')::timestamptz) THEN
    RETURN false;
  END IF;
  IF widened IS NOT NULL AND NOT EXISTS (
    SELECT FROM data_grant g WHERE g.tenant_id = held.tenant_id AND g.engagement_id = held.id AND g.id = widened
       AND g.state IN ('approved', 'active', 'expiring')) THEN
    RETURN false;
  END IF;
  INSERT INTO data_grant (tenant_id, id, engagement_id, provider_tenant_id, state, asked_party, asked_user_id, asked_name,
                          widens_id, created_by, purpose, fields, countries, site_ids, skills, methods, measures, row_budget,
                          reason, starts_at, ends_at)
  SELECT held.tenant_id, granted, held.id, held.provider_tenant_id, 'requested', 'provider', who.user_id, who.shown_name,
         widened, person, t.*
    FROM jsonb_to_record(terms) t (purpose text, fields jsonb, countries jsonb, site_ids jsonb, skills jsonb, methods jsonb,
                                   measures jsonb, row_budget integer, reason text, starts_at timestamptz, ends_at timestamptz);
  RETURN true;
END
$body$;
