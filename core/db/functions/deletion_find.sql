-- grant: app
-- A deletion, by the reference in its certificate's address, by its own id, or by an address that its tenant had.
CREATE OR REPLACE FUNCTION deletion_find(wanted text)
RETURNS TABLE (
  id uuid, tenant_id uuid, reference text, state text, partners jsonb, notes jsonb, document jsonb, sha256 text, signature text,
  begun_at timestamptz, issued_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT c.id, c.tenant_id, c.reference, c.state, c.partners, c.notes, c.document, c.sha256, c.signature, c.begun_at, c.issued_at
    FROM deletion_certificate c
   WHERE c.reference = wanted OR c.id::text = wanted OR c.slugs ? wanted
$body$;
