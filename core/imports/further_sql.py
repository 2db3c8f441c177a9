# ruff: noqa: S608 - the parts are ours
"""The SQL of what a row says beside the customer: `import_further` has a row for each number, consent or do-not-contact entry.

`held`: the customer has it already, so it changes nothing and an import can be run again.
"""

from __future__ import annotations

COLUMNS = (
    "line", "id", "what", "kind", "value", "value_key", "purpose", "channel", "status", "given_at", "evidence",
)  # fmt: skip

MAKE = (
    "CREATE TEMP TABLE IF NOT EXISTS import_further (line bigint, id uuid, what text, kind text, value text, value_key text,"
    " purpose text, channel text, status text, given_at timestamptz, evidence text, held boolean NOT NULL DEFAULT false)"
    " ON COMMIT DROP"
)
INDEX = "CREATE INDEX IF NOT EXISTS import_further_line ON import_further (line)"
CLEAR = "TRUNCATE import_further"

NEW = (
    "import_further f JOIN import_stage s ON s.line = f.line"
    " WHERE NOT f.held AND s.outcome IN ('created', 'updated') AND f.what = "
)


def mark_held(*, fill: bool) -> str:
    """`fill`: whoever has said anything about a purpose and channel is not asked what the file says."""
    said = "true" if fill else "q.status = f.status"
    latest = (
        "true"
        if fill
        else (
            "(q.captured_at = f.given_at OR NOT EXISTS (SELECT 1 FROM consent n WHERE n.tenant_id = :tenant"
            " AND n.customer_id = q.customer_id AND n.purpose = q.purpose AND n.channel = q.channel"
            " AND (n.captured_at, n.id) > (q.captured_at, q.id)))"
        )
    )
    return (
        "UPDATE import_further f SET held = true FROM import_stage s WHERE f.line = s.line AND s.outcome IS NULL AND CASE f.what"
        " WHEN 'point' THEN EXISTS (SELECT 1 FROM contact_point p WHERE p.tenant_id = :tenant AND p.customer_id = s.customer_id"
        "  AND p.kind = f.kind AND p.value_key = f.value_key)"
        " WHEN 'consent' THEN EXISTS (SELECT 1 FROM consent q WHERE q.tenant_id = :tenant AND q.customer_id = s.customer_id"
        f"  AND q.purpose = f.purpose AND q.channel = f.channel AND {said} AND {latest})"
        " ELSE EXISTS (SELECT 1 FROM do_not_contact d WHERE d.tenant_id = :tenant AND d.customer_id = s.customer_id"
        "  AND d.purpose = f.purpose AND d.channel = f.channel AND (d.until IS NULL OR d.until > now())) END"
    )


INSERT_POINTS = (
    "INSERT INTO contact_point (tenant_id, id, customer_id, kind, value, value_key, preferred, source, created_by)"
    " SELECT DISTINCT ON (s.customer_id, f.kind, f.value_key) :tenant, f.id, s.customer_id, f.kind, f.value, f.value_key, false,"
    f" 'import', cast(:author AS uuid) FROM {NEW}'point'"
    " ON CONFLICT (tenant_id, customer_id, kind, value_key) DO NOTHING"
)
INSERT_CONSENTS = (
    "INSERT INTO consent (tenant_id, id, customer_id, purpose, channel, status, basis, captured_at, evidence, source, created_by)"
    " SELECT :tenant, f.id, s.customer_id, f.purpose, f.channel, f.status, 'consent', coalesce(f.given_at, now()),"
    f" coalesce(f.evidence, :file || ':' || f.line), 'import', cast(:author AS uuid) FROM {NEW}'consent'"
)
INSERT_SILENCES = (
    "INSERT INTO do_not_contact (tenant_id, id, customer_id, purpose, channel, reason, source, created_by)"
    " SELECT :tenant, f.id, s.customer_id, f.purpose, f.channel, coalesce(f.evidence, :file || ':' || f.line), 'import',"
    f" cast(:author AS uuid) FROM {NEW}'silence'"
)
INSERT = (INSERT_POINTS, INSERT_CONSENTS, INSERT_SILENCES)
