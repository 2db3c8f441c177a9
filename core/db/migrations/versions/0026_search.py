"""Search keys of names and texts, what somebody opened last, and requests to export."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# A word in letters or digits is a key as it is, so that its beginning finds it; of Chinese, each two neighbours are one. Every key
# begins with six signs of the tenant's id: in an index of all tenants nobody walks through another's. The cost keeps the planner
# from making the keys row by row where the index has them, and no worker is started for a search of a millisecond.
SEARCH_KEYS = r"""
CREATE FUNCTION search_keys(tenant uuid, body text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL RESTRICTED COST 1000
AS $body$
DECLARE
  found text[] := '{}';
  mine text := right(tenant::text, 6);
  word text;
BEGIN
  IF body ~ '[\u0021-\u2e7f][\u2e80-\U0003ffff]|[\u2e80-\U0003ffff][\u0021-\u2e7f]' THEN
    body := regexp_replace(regexp_replace(body, '([\u0021-\u2e7f])(?=[\u2e80-\U0003ffff])', '\1 ', 'g'),
                           '([\u2e80-\U0003ffff])(?=[\u0021-\u2e7f])', '\1 ', 'g');
  END IF;
  FOREACH word IN ARRAY string_to_array(body, ' ') LOOP
    IF ascii(word) < 11904 THEN
      IF word <> '' THEN found := found || (mine || left(word, 40)); END IF;
    ELSIF length(word) = 1 THEN
      found := found || (mine || word);
    ELSE
      FOR place IN 1 .. length(word) - 1 LOOP
        found := found || (mine || substr(word, place, 2));
      END LOOP;
    END IF;
  END LOOP;
  RETURN array_to_tsvector(found);
END
$body$
"""

# What people write, as names are kept: one width, small letters, single spaces for all that is neither letter nor digit.
SEARCH_TEXT = r"""
CREATE FUNCTION search_text(body text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL RESTRICTED COST 1000
AS $body$
  SELECT regexp_replace(lower(normalize(left(body, 4000), NFKC)),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uff20\uff3b-\uff40\uff5b-\uff65]+',
    ' ', 'g')
$body$
"""

NAMED = "search_keys(tenant_id, (name_key || ' '::text) || COALESCE(name_sound, ''::text))"
GIN = "USING gin ({}) WITH (gin_pending_list_limit = 512)"
INDEXES = {
    "ix_customer_search": f"customer {GIN.format(NAMED)}",
    "ix_contact_search": f"contact {GIN.format(NAMED)}",
    "ix_case_search": f'"case" {GIN.format("search_keys(tenant_id, search_text(title))")}',
    "ix_case_comment_search": f"case_comment {GIN.format('search_keys(tenant_id, search_text(body))')}",
    "ix_contact_point_tail": (
        "contact_point (tenant_id, reverse(value_key) text_pattern_ops) WHERE kind = 'phone'::text"
    ),
    "ix_contact_name": "contact (tenant_id, name_key text_pattern_ops, id)",
}


def upgrade() -> None:
    for table in ("customer", "contact"):
        op.add_column(table, sa.Column("name_sound", sa.Text(), nullable=True))
    op.execute(SEARCH_KEYS)
    op.execute(SEARCH_TEXT)
    for name, made in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {made}")
    op.create_table(
        "search_recent",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        *_stamps(),
        sa.CheckConstraint("kind IN ('customer', 'contact', 'record', 'case')", name=op.f("ck_search_recent_kind")),
        _to("search_recent", "customer", "customer_id", ondelete="CASCADE"),
        _to("search_recent", "participant", "participant_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_search_recent")),
        sa.UniqueConstraint("tenant_id", "participant_id", "subject_id", name="uq_search_recent_subject"),
    )
    op.create_index("ix_search_recent_mine", "search_recent", ["tenant_id", "participant_id", "opened_at"])
    op.create_index("ix_search_recent_customer", "search_recent", ["tenant_id", "customer_id"])
    _exports()


def _exports() -> None:
    op.create_table(
        "export_request",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("chosen", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="requested", nullable=False),
        sa.Column("rows_asked", sa.BigInteger(), nullable=False),
        sa.Column("rows_written", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_name", sa.Text(), nullable=False),
        sa.Column("requested_party", sa.Text(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("gate_decision_id", sa.Uuid(), nullable=True),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("file_size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        *_stamps(),
        sa.CheckConstraint(
            "what IN ('customers', 'contacts', 'records', 'cases', 'interactions')", name=op.f("ck_export_request_what")
        ),
        sa.CheckConstraint("format IN ('csv', 'xlsx', 'vcard')", name=op.f("ck_export_request_format")),
        sa.CheckConstraint(
            "state IN ('requested', 'running', 'done', 'refused', 'failed', 'expired')",
            name=op.f("ck_export_request_state"),
        ),
        sa.CheckConstraint(
            "requested_party IN ('client', 'provider', 'system')", name=op.f("ck_export_request_requested_party")
        ),
        _to("export_request", "participant", "requested_by", ondelete="SET NULL (requested_by)"),
        _to("export_request", "gate_decision", "gate_decision_id", ondelete="SET NULL (gate_decision_id)"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_export_request")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_export_request_tenant_id_number")),
    )
    op.create_index("ix_export_request_recent", "export_request", ["tenant_id", "created_at", "id"])
    op.create_index("ix_export_request_mine", "export_request", ["tenant_id", "requested_by", "created_at"])


def _stamps() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )


def _to(table: str, target: str, column: str, *, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
        ondelete=ondelete,
    )


def downgrade() -> None:
    op.drop_table("export_request")
    op.drop_table("search_recent")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("DROP FUNCTION search_text(text)")
    op.execute("DROP FUNCTION search_keys(uuid, text)")
    for table in ("contact", "customer"):
        op.drop_column(table, "name_sound")
