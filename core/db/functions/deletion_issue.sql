-- grant: app
-- Sign a deletion off. What it noted on its way is forgotten; the document does not change any more.
CREATE OR REPLACE FUNCTION deletion_issue(wanted uuid, final jsonb, digest text, signed text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $body$
  UPDATE deletion_certificate
     SET document = final, sha256 = digest, signature = signed, state = 'issued', issued_at = now(), notes = '{}'
   WHERE id = wanted AND state = 'erasing'
$body$;
