-- grant: app
-- The tenants that have entries to seal: written by a transaction that has ended, after what the latest batch covers. Also
-- one whose latest batch covers transactions that this server has not reached: it was restored from a dump.
CREATE OR REPLACE FUNCTION audit_unsealed() RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  WITH horizon AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS ended)
  SELECT t.id
    FROM horizon h
   CROSS JOIN tenant t
    LEFT JOIN LATERAL (
      SELECT b.until_transaction, b.until_sequence, b.floor_sequence
        FROM audit_batch b WHERE b.tenant_id = t.id ORDER BY b.number DESC LIMIT 1
    ) last ON true
   WHERE last.until_transaction >= h.ended
      OR EXISTS (
        SELECT 1 FROM audit_entry e
         WHERE e.tenant_id = t.id AND e.transaction_id < h.ended AND e.sequence > coalesce(last.floor_sequence, 0)
           AND (e.transaction_id, e.sequence) > (coalesce(last.until_transaction, -1), coalesce(last.until_sequence, 0))
      )
$body$;
