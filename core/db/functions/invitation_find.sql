-- grant: app
-- The invitation behind a link's secret (its SHA-256), with both parties' names, who invites, and whether the address has an account.
CREATE OR REPLACE FUNCTION invitation_find(secret bytea)
RETURNS TABLE (
  invitation_id uuid, tenant_id uuid, tenant_name text, workspace text, engagement_id uuid, engagement_name text,
  provider_name text, party text, inviter text, email text, email_key text, shown_name text, locale text,
  expires_at timestamptz, accepted_at timestamptz, withdrawn_at timestamptz, user_id uuid
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT i.id, t.id, t.name, w.slug, i.engagement_id, e.name, e.provider_name, i.party, b.shown_name, i.email, i.email_key,
           i.shown_name, i.locale, i.expires_at, i.accepted_at, i.withdrawn_at, u.id
      FROM invitation i
      JOIN tenant t ON t.id = i.tenant_id AND t.state IN ('trial', 'active', 'suspended', 'closing')
      JOIN workspace w ON w.tenant_id = i.tenant_id AND w.engagement_id IS NOT DISTINCT FROM i.engagement_id AND w.current
      LEFT JOIN engagement e ON e.tenant_id = i.tenant_id AND e.id = i.engagement_id
      LEFT JOIN participant b ON b.tenant_id = i.tenant_id AND b.id = i.created_by
      LEFT JOIN user_account u ON u.email_key = i.email_key
     WHERE i.secret_hash = secret;
END
$body$;
