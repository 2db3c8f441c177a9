-- grant: app
-- Closed engagements of which the scope's tenant, as the provider, still owes the proof that it holds nothing: lists and grants
-- without one, how many customers were lent, the digest of their ids, and how many of its exported files are still kept.
CREATE OR REPLACE FUNCTION proofs_owed() RETURNS TABLE (
  engagement_id uuid, name text, client_name text, provider_name text, closed_at timestamptz, lists bigint, grants bigint,
  customers bigint, ids_sha256 text, files bigint
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT e.id, e.name, e.client_name, e.provider_name, e.closed_at, l.lists, g.grants, w.customers, w.digest, f.files
    FROM engagement e
   CROSS JOIN LATERAL (SELECT count(*) AS lists FROM lease_list s
          WHERE s.tenant_id = e.tenant_id AND s.engagement_id = e.id AND s.state IN ('ended', 'expired')) l
   CROSS JOIN LATERAL (SELECT count(*) AS grants FROM data_grant d
          WHERE d.tenant_id = e.tenant_id AND d.engagement_id = e.id AND d.state IN ('revoked', 'expired')
            AND d.approved_at IS NOT NULL) g
   CROSS JOIN LATERAL (
     SELECT count(*) AS customers,
            encode(sha256(convert_to(coalesce(string_agg(c.id::text, chr(10) ORDER BY c.id), ''), 'UTF8')), 'hex') AS digest
       FROM (SELECT DISTINCT x.customer_id AS id FROM lease x WHERE x.tenant_id = e.tenant_id AND x.engagement_id = e.id) c) w
   CROSS JOIN LATERAL (SELECT count(*) AS files FROM export_request r
          WHERE r.tenant_id = e.tenant_id AND r.engagement_id = e.id AND r.file_id IS NOT NULL) f
   WHERE e.provider_tenant_id = current_setting('app.tenant_id')::uuid AND e.state = 'closed' AND e.accepted_at IS NOT NULL
     AND nullif(current_setting('app.engagement_id', true), '') IS NULL AND (l.lists > 0 OR g.grants > 0)
   ORDER BY e.closed_at
$body$;
