-- grant: app, provider
-- The batch that seals an entry. For a provider's people only entries of their engagement, as the entry's own wall says; they
-- have no right on batches, whose size would tell how much others do.
CREATE OR REPLACE FUNCTION audit_seal_of(entry uuid) RETURNS SETOF audit_batch
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  SELECT b.*
    FROM audit_entry e
    JOIN audit_batch b ON b.tenant_id = e.tenant_id
     AND b.floor_sequence = (
       SELECT max(f.floor_sequence) FROM audit_batch f WHERE f.tenant_id = e.tenant_id AND f.floor_sequence < e.sequence
     )
     AND (e.transaction_id, e.sequence) > (b.from_transaction, b.from_sequence)
     AND (b.until_transaction, b.until_sequence) >= (e.transaction_id, e.sequence)
   WHERE e.id = entry
     AND e.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
     AND (nullif(current_setting('app.engagement_id', true), '') IS NULL
          OR e.engagement_id = nullif(current_setting('app.engagement_id', true), '')::uuid)
   ORDER BY b.until_transaction, b.until_sequence
   LIMIT 1
$body$;
