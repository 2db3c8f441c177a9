"""Grants as they are asked, checked and approved; sites, seats, canaries.

An engagement that is open already gets a grant that equals what it saw without one: everything masked, until it ends.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = ("requested", "dpo_check", "approved", "active", "expiring", "revoked", "expired", "purge_proved")
THREE_PEOPLE = (
    "checked_user_id <> asked_user_id AND approved_user_id <> asked_user_id AND approved_user_id <> checked_user_id"
)
TABLES = (
    "canary_alarm", "return_proof", "canary", "seat", "refused_entry", "agent_profile", "site", "engagement_step",
    "partner_code",
)  # fmt: skip
WALLED = ("data_grant", "engagement", "lease", "tenant")

AS_BEFORE = """
UPDATE data_grant SET fields = coalesce((SELECT jsonb_object_agg(w, 'masked') FROM jsonb_array_elements_text(fields) w), '{}')
 WHERE jsonb_typeof(fields) = 'array';
INSERT INTO data_grant (tenant_id, id, provider_tenant_id, engagement_id, purpose, state, starts_at, ends_at, approved_name)
SELECT e.tenant_id, gen_random_uuid(), e.provider_tenant_id, e.id, 'any', 'active', now(),
       coalesce(e.ends_at, now() + interval '1 year'), e.provider_name
  FROM engagement e
 WHERE e.state <> 'closed' AND e.provider_tenant_id IS NOT NULL AND (e.ends_at IS NULL OR e.ends_at > now())
   AND NOT EXISTS (SELECT FROM data_grant g WHERE g.tenant_id = e.tenant_id AND g.engagement_id = e.id AND g.state = 'active');
UPDATE engagement e SET offered_at = e.created_at, accepted_at = e.created_at, client_name = t.name
  FROM tenant t WHERE t.id = e.tenant_id AND e.provider_tenant_id IS NOT NULL;
UPDATE lease l SET data_grant_id = (
  SELECT g.id FROM data_grant g WHERE g.tenant_id = l.tenant_id AND g.engagement_id = l.engagement_id
   ORDER BY g.ends_at DESC LIMIT 1)
 WHERE l.ended_at IS NULL;
"""


def upgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS principal(bytea, text)")
    op.create_table(
        "partner_code",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_partner_code")),
    )
    op.create_index("uq_partner_code_digest", "partner_code", ["digest"], unique=True)
    op.create_table(
        "engagement_step",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"],
            ["engagement.tenant_id", "engagement.id"],
            name=op.f("fk_engagement_step_tenant_id_engagement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_engagement_step")),
    )
    op.create_index("ix_engagement_step", "engagement_step", ["tenant_id", "engagement_id", "created_at"], unique=False)
    op.create_table(
        "site",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="provider_site", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("kind IN ('onsite_client', 'provider_site', 'home', 'offshore')", name=op.f("ck_site_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"],
            ["engagement.tenant_id", "engagement.id"],
            name=op.f("fk_site_tenant_id_engagement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_site")),
        sa.UniqueConstraint("tenant_id", "engagement_id", "name", name=op.f("uq_site_tenant_id_engagement_id_name")),
    )
    op.create_table(
        "agent_profile",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column(
            "skills", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column(
            "languages", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column(
            "certificates",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("nda_signed_on", sa.Date(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"],
            ["engagement.tenant_id", "engagement.id"],
            name=op.f("fk_agent_profile_tenant_id_engagement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "participant_id"],
            ["participant.tenant_id", "participant.id"],
            name=op.f("fk_agent_profile_tenant_id_participant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "site_id"],
            ["site.tenant_id", "site.id"],
            name=op.f("fk_agent_profile_tenant_id_site_id"),
            ondelete="SET NULL (site_id)",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agent_profile")),
        sa.UniqueConstraint(
            "tenant_id",
            "engagement_id",
            "participant_id",
            name=op.f("uq_agent_profile_tenant_id_engagement_id_participant_id"),
        ),
    )
    op.create_table(
        "lease_list",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("data_grant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="lending", nullable=False),
        sa.Column("size", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lent_name", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('lending', 'live', 'returned', 'expired', 'ended')",
            name=op.f("ck_lease_list_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "data_grant_id"],
            ["data_grant.tenant_id", "data_grant.id"],
            name=op.f("fk_lease_list_tenant_id_data_grant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"],
            ["engagement.tenant_id", "engagement.id"],
            name=op.f("fk_lease_list_tenant_id_engagement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_lease_list")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_lease_list_tenant_id_number")),
    )
    op.create_index(
        "ix_lease_list_engagement", "lease_list", ["tenant_id", "engagement_id", "created_at"], unique=False
    )
    op.create_table(
        "refused_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("times", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("seat_label", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"],
            ["engagement.tenant_id", "engagement.id"],
            name=op.f("fk_refused_entry_tenant_id_engagement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "participant_id"],
            ["participant.tenant_id", "participant.id"],
            name=op.f("fk_refused_entry_tenant_id_participant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_refused_entry")),
        sa.UniqueConstraint(
            "tenant_id",
            "participant_id",
            "reason",
            "day",
            name=op.f("uq_refused_entry_tenant_id_participant_id_reason_day"),
        ),
    )
    op.create_table(
        "seat",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("needs_device", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("device", postgresql.BYTEA(), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'active', 'blocked')", name=op.f("ck_seat_state")),
        sa.CheckConstraint("network = network::cidr::text", name=op.f("ck_seat_network")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"],
            ["engagement.tenant_id", "engagement.id"],
            name=op.f("fk_seat_tenant_id_engagement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "site_id"],
            ["site.tenant_id", "site.id"],
            name=op.f("fk_seat_tenant_id_site_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_seat")),
        sa.UniqueConstraint("tenant_id", "engagement_id", "label", name=op.f("uq_seat_tenant_id_engagement_id_label")),
    )
    op.create_index("ix_seat_device", "seat", ["tenant_id", "engagement_id", "device"], unique=False)
    op.create_table(
        "canary",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("lease_list_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("phone_key", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("watched_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_canary_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"],
            ["engagement.tenant_id", "engagement.id"],
            name=op.f("fk_canary_tenant_id_engagement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lease_list_id"],
            ["lease_list.tenant_id", "lease_list.id"],
            name=op.f("fk_canary_tenant_id_lease_list_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_canary")),
        sa.UniqueConstraint(
            "tenant_id", "lease_list_id", "customer_id", name=op.f("uq_canary_tenant_id_lease_list_id_customer_id")
        ),
        sa.UniqueConstraint("tenant_id", "email_key", name=op.f("uq_canary_tenant_id_email_key")),
        sa.UniqueConstraint("tenant_id", "phone_key", name=op.f("uq_canary_tenant_id_phone_key")),
    )
    op.create_table(
        "return_proof",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=False),
        sa.Column("lease_list_id", sa.Uuid(), nullable=True),
        sa.Column("data_grant_id", sa.Uuid(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column(
            "counts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("signed_party", sa.Text(), nullable=False),
        sa.Column("signed_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "data_grant_id"],
            ["data_grant.tenant_id", "data_grant.id"],
            name=op.f("fk_return_proof_tenant_id_data_grant_id"),
            ondelete="SET NULL (data_grant_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "engagement_id"],
            ["engagement.tenant_id", "engagement.id"],
            name=op.f("fk_return_proof_tenant_id_engagement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lease_list_id"],
            ["lease_list.tenant_id", "lease_list.id"],
            name=op.f("fk_return_proof_tenant_id_lease_list_id"),
            ondelete="SET NULL (lease_list_id)",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_return_proof")),
    )
    op.create_index("ix_return_proof_engagement", "return_proof", ["tenant_id", "engagement_id"], unique=False)
    op.create_table(
        "canary_alarm",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("canary_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_in", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("kind IN ('contact', 'gate', 'reveal', 'report')", name=op.f("ck_canary_alarm_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "canary_id"],
            ["canary.tenant_id", "canary.id"],
            name=op.f("fk_canary_alarm_tenant_id_canary_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_canary_alarm")),
        sa.UniqueConstraint(
            "tenant_id",
            "canary_id",
            "kind",
            "source_id",
            name=op.f("uq_canary_alarm_tenant_id_canary_id_kind_source_id"),
        ),
    )
    op.add_column(
        "data_grant",
        sa.Column(
            "site_ids", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
    )
    op.add_column(
        "data_grant",
        sa.Column(
            "skills", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
    )
    op.add_column(
        "data_grant",
        sa.Column(
            "methods", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
    )
    op.add_column(
        "data_grant",
        sa.Column(
            "measures", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
    )
    op.add_column("data_grant", sa.Column("reason", sa.Text(), server_default="", nullable=False))
    op.add_column("data_grant", sa.Column("asked_user_id", sa.Uuid(), nullable=True))
    op.add_column("data_grant", sa.Column("asked_name", sa.Text(), server_default="", nullable=False))
    op.add_column("data_grant", sa.Column("checked_user_id", sa.Uuid(), nullable=True))
    op.add_column("data_grant", sa.Column("checked_name", sa.Text(), server_default="", nullable=False))
    op.add_column("data_grant", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("data_grant", sa.Column("check_note", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "data_grant", sa.Column("sensitive_clear", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("data_grant", sa.Column("approved_user_id", sa.Uuid(), nullable=True))
    op.add_column("data_grant", sa.Column("approved_name", sa.Text(), server_default="", nullable=False))
    op.add_column("data_grant", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("data_grant", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("data_grant", sa.Column("ended_name", sa.Text(), server_default="", nullable=False))
    op.add_column("data_grant", sa.Column("end_reason", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_data_grant_engagement", "data_grant", ["tenant_id", "engagement_id", "state"], unique=False)
    op.add_column("engagement", sa.Column("criticality", sa.Text(), server_default="ordinary", nullable=False))
    op.add_column("engagement", sa.Column("client_name", sa.Text(), server_default="", nullable=False))
    op.add_column("engagement", sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("engagement", sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("engagement", sa.Column("accepted_name", sa.Text(), nullable=True))
    op.add_column("engagement", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("engagement", "provider_tenant_id", existing_type=sa.UUID(), nullable=True)
    op.add_column("lease", sa.Column("data_grant_id", sa.Uuid(), nullable=True))
    op.add_column("lease", sa.Column("lease_list_id", sa.Uuid(), nullable=True))
    op.create_index("ix_lease_grant", "lease", ["tenant_id", "data_grant_id", "customer_id"], unique=False)
    op.create_index("ix_lease_list", "lease", ["tenant_id", "lease_list_id", "customer_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_lease_tenant_id_data_grant_id"),
        "lease",
        "data_grant",
        ["tenant_id", "data_grant_id"],
        ["tenant_id", "id"],
        ondelete="SET NULL (data_grant_id)",
    )
    op.create_foreign_key(
        op.f("fk_lease_tenant_id_lease_list_id"),
        "lease",
        "lease_list",
        ["tenant_id", "lease_list_id"],
        ["tenant_id", "id"],
        ondelete="SET NULL (lease_list_id)",
    )
    op.alter_column("data_grant", "fields", server_default=sa.text("'{}'::jsonb"))
    op.alter_column("data_grant", "state", server_default="requested")
    op.drop_constraint(op.f("ck_data_grant_state"), "data_grant", type_="check")
    op.create_check_constraint(op.f("ck_data_grant_state"), "data_grant", _among(*STATES, "refused"))
    op.create_check_constraint(op.f("ck_data_grant_three_people"), "data_grant", THREE_PEOPLE)
    op.create_check_constraint(op.f("ck_data_grant_period"), "data_grant", "ends_at > starts_at")
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(AS_BEFORE)
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _among(*states: str) -> str:
    return "state IN (" + ", ".join(f"'{state}'" for state in states) + ")"


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS principal(bytea, text, jsonb)")
    for name in ("fk_lease_tenant_id_data_grant_id", "fk_lease_tenant_id_lease_list_id"):
        op.drop_constraint(op.f(name), "lease", type_="foreignkey")
    for name in ("ix_lease_grant", "ix_lease_list"):
        op.drop_index(name, table_name="lease")
    for column in ("data_grant_id", "lease_list_id"):
        op.drop_column("lease", column)
    for table in TABLES:
        op.drop_table(table)
    op.drop_table("lease_list")
    for column in ("criticality", "client_name", "offered_at", "accepted_at", "accepted_name", "closed_at"):
        op.drop_column("engagement", column)
    op.drop_index("ix_data_grant_engagement", table_name="data_grant")
    for name in ("state", "three_people", "period"):
        op.drop_constraint(op.f(f"ck_data_grant_{name}"), "data_grant", type_="check")
    op.create_check_constraint(op.f("ck_data_grant_state"), "data_grant", _among(*STATES))
    for column in (
        "site_ids", "skills", "methods", "measures", "reason", "asked_user_id", "asked_name", "checked_user_id",
        "checked_name", "checked_at", "check_note", "sensitive_clear", "approved_user_id", "approved_name", "approved_at",
        "ended_at", "ended_name", "end_reason",
    ):  # fmt: skip
        op.drop_column("data_grant", column)
    op.alter_column("data_grant", "fields", server_default=sa.text("'[]'::jsonb"))
    op.alter_column("data_grant", "state", server_default="active")
