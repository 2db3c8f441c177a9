-- grant: app
-- The certificates of organisations that the scope's tenant worked with.
CREATE OR REPLACE FUNCTION deletions_seen() RETURNS TABLE (reference text, name text, issued_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT c.reference, c.document->'organisation'->>'name', c.issued_at FROM deletion_certificate c
   WHERE c.state = 'issued' AND c.partners ? current_setting('app.tenant_id')
   ORDER BY c.issued_at DESC
$body$;
