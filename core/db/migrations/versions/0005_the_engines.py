"""The engines: clocks, approvals, notifications, findings, settings of a tenant, readings and comments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # They return one column more; `kehub db upgrade` makes them anew.
    op.execute("DROP FUNCTION IF EXISTS principal(bytea, text)")
    op.execute("DROP FUNCTION IF EXISTS tenant_find(text)")
    op.add_column("tenant", sa.Column("tailoring", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "calendar_day",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("kind IN ('work', 'off')", name=op.f("ck_calendar_day_kind")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("tenant_id", "calendar", "day", name=op.f("uq_calendar_day_tenant_id_calendar_day")),
    )
    op.create_table(
        "field_setting",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("shown", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "label", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_field_setting")),
        sa.UniqueConstraint("tenant_id", "target", "field", name=op.f("uq_field_setting_tenant_id_target_field")),
    )
    op.create_table(
        "field_slot",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="filling", nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("state IN ('filling', 'ready', 'releasing')", name=op.f("ck_field_slot_state")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_field_slot")),
        sa.UniqueConstraint("tenant_id", "target", "field", name=op.f("uq_field_slot_tenant_id_target_field")),
        sa.UniqueConstraint("tenant_id", "target", "slot", name=op.f("uq_field_slot_tenant_id_target_slot")),
    )
    op.create_table(
        "outbox_event",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("event_version", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=True),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "payload", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_outbox_event")),
    )
    op.create_index("ix_outbox_event_time", "outbox_event", ["tenant_id", "occurred_at", "id"], unique=False)
    op.create_table(
        "parameter_override",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'refused', 'withdrawn')", name=op.f("ck_parameter_override_state")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_parameter_override")),
    )
    op.create_index(
        "ix_parameter_override_key", "parameter_override", ["tenant_id", "key", "effective_from"], unique=False
    )
    op.create_table(
        "rule_setting",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("mode IN ('on', 'shadow', 'off')", name=op.f("ck_rule_setting_mode")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rule_setting")),
        sa.UniqueConstraint("tenant_id", "rule", name=op.f("uq_rule_setting_tenant_id_rule")),
    )
    op.create_table(
        "tenant_field",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "help", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "choices", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("sensitivity", sa.Text(), server_default="plain", nullable=False),
        sa.Column("mask", sa.Text(), nullable=True),
        sa.Column("indexed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("show_when", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("state IN ('active', 'retired')", name=op.f("ck_tenant_field_state")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tenant_field")),
        sa.UniqueConstraint("tenant_id", "target", "key", name=op.f("uq_tenant_field_tenant_id_target_key")),
    )
    op.create_table(
        "workflow_setting",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workflow", sa.Text(), nullable=False),
        sa.Column(
            "labels", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "steps_off", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column(
            "required", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_workflow_setting")),
        sa.UniqueConstraint("tenant_id", "workflow", name=op.f("uq_workflow_setting_tenant_id_workflow")),
    )
    op.create_table(
        "approval_delegation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "from_id"],
            ["participant.tenant_id", "participant.id"],
            name=op.f("fk_approval_delegation_tenant_id_from_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "to_id"],
            ["participant.tenant_id", "participant.id"],
            name=op.f("fk_approval_delegation_tenant_id_to_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_delegation")),
    )
    op.create_index("ix_approval_delegation_to", "approval_delegation", ["tenant_id", "to_id", "ends_at"], unique=False)
    op.create_table(
        "mail",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed')", name=op.f("ck_mail_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "participant_id"],
            ["participant.tenant_id", "participant.id"],
            name=op.f("fk_mail_tenant_id_participant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail")),
        sa.UniqueConstraint("tenant_id", "cause", name=op.f("uq_mail_tenant_id_cause")),
    )
    op.create_index("ix_mail_recent", "mail", ["tenant_id", "created_at", "id"], unique=False)
    op.create_table(
        "notification",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column(
            "values", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("subject_type", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("tone", sa.Text(), server_default="info", nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "participant_id"],
            ["participant.tenant_id", "participant.id"],
            name=op.f("fk_notification_tenant_id_participant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notification")),
        sa.UniqueConstraint(
            "tenant_id", "participant_id", "cause", name=op.f("uq_notification_tenant_id_participant_id_cause")
        ),
    )
    op.create_index(
        "ix_notification_person", "notification", ["tenant_id", "participant_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["tenant_id", "participant_id", "id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "notification_preference",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("bell", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("mail", sa.Text(), server_default="off", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("mail IN ('off', 'now', 'daily')", name=op.f("ck_notification_preference_mail")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "participant_id"],
            ["participant.tenant_id", "participant.id"],
            name=op.f("fk_notification_preference_tenant_id_participant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notification_preference")),
        sa.UniqueConstraint(
            "tenant_id", "participant_id", "kind", name=op.f("uq_notification_preference_tenant_id_participant_id_kind")
        ),
    )
    op.create_table(
        "approval",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "payload", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_party", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="requested", nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_for", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.Column(
            "result", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'refused', 'withdrawn', 'expired')", name=op.f("ck_approval_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_approval_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "requested_by"],
            ["participant.tenant_id", "participant.id"],
            name=op.f("fk_approval_tenant_id_requested_by"),
            ondelete="SET NULL (requested_by)",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_approval_tenant_id_number")),
    )
    op.create_index(
        "ix_approval_open",
        "approval",
        ["tenant_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_index("ix_approval_subject", "approval", ["tenant_id", "subject_id"], unique=False)
    op.create_table(
        "finding",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column(
            "reason", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("severity IN ('low', 'medium', 'high')", name=op.f("ck_finding_severity")),
        sa.CheckConstraint("state IN ('open', 'settled')", name=op.f("ck_finding_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_finding_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_finding")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_finding_tenant_id_number")),
    )
    op.create_index("ix_finding_recent", "finding", ["tenant_id", "state", "created_at", "id"], unique=False)
    op.create_index("ix_finding_subject", "finding", ["tenant_id", "subject_id"], unique=False)
    op.create_index(
        "uq_finding_open",
        "finding",
        ["tenant_id", "rule", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "record_reading",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("exposure", sa.Text(), server_default="leased", nullable=False),
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), server_default="original", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("exposure IN ('leased', 'shared', 'client_only')", name=op.f("ck_record_reading_exposure")),
        sa.CheckConstraint(
            "status IN ('original', 'replaced', 'rolledover', 'unknown')", name=op.f("ck_record_reading_status")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_record_reading_tenant_id_customer_id"),
            ondelete="SET NULL (customer_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "record_id"],
            ["record.tenant_id", "record.id"],
            name=op.f("fk_record_reading_tenant_id_record_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_record_reading")),
    )
    op.create_index(
        "ix_record_reading_series",
        "record_reading",
        ["tenant_id", "record_id", "counter", "read_at", "id"],
        unique=False,
    )
    op.create_table(
        "rule_trial_row",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_rule_trial_row_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "decision_id"],
            ["gate_decision.tenant_id", "gate_decision.id"],
            name=op.f("fk_rule_trial_row_tenant_id_decision_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rule_trial_row")),
    )
    op.create_index(
        "ix_rule_trial_row_run", "rule_trial_row", ["tenant_id", "run_id", "verdict", "decision_id"], unique=False
    )
    op.create_table(
        "case_comment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=True),
        sa.Column("shown_name", sa.Text(), server_default="", nullable=False),
        sa.Column("engagement_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("party IN ('client', 'provider', 'system')", name=op.f("ck_case_comment_party")),
        sa.CheckConstraint("audience IN ('internal', 'shared')", name=op.f("ck_case_comment_audience")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_case_comment_tenant_id_case_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_case_comment_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_comment")),
    )
    op.create_index("ix_case_comment_case", "case_comment", ["tenant_id", "case_id", "created_at", "id"], unique=False)
    op.create_table(
        "clock",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("timer", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_s", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("counter", sa.Text(), nullable=True),
        sa.Column("counter_from", sa.BigInteger(), nullable=True),
        sa.Column("counter_due", sa.BigInteger(), nullable=True),
        sa.Column(
            "used", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "history", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "state IN ('running', 'paused', 'met', 'breached', 'cancelled')", name=op.f("ck_clock_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["case.tenant_id", "case.id"],
            name=op.f("fk_clock_tenant_id_case_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["customer.tenant_id", "customer.id"],
            name=op.f("fk_clock_tenant_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "record_id"],
            ["record.tenant_id", "record.id"],
            name=op.f("fk_clock_tenant_id_record_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clock")),
    )
    op.create_index("ix_clock_case", "clock", ["tenant_id", "case_id", "started_at"], unique=False)
    op.create_index(
        "ix_clock_due_anywhere", "clock", ["next_at"], unique=False, postgresql_where=sa.text("next_at IS NOT NULL")
    )
    op.create_index(
        "ix_clock_next",
        "clock",
        ["tenant_id", "next_at", "id"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("ix_clock_record", "clock", ["tenant_id", "record_id", "started_at"], unique=False)
    op.add_column("case", sa.Column("workflow_revision", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("gate_decision", sa.Column("case_id", sa.Uuid(), nullable=True))
    op.add_column("gate_decision", sa.Column("record_id", sa.Uuid(), nullable=True))
    op.add_column("gate_decision", sa.Column("shadow", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.alter_column("gate_decision", "customer_id", existing_type=sa.UUID(), nullable=True)
    op.alter_column("gate_decision", "purpose", existing_type=sa.TEXT(), nullable=True)
    op.alter_column("gate_decision", "channel", existing_type=sa.TEXT(), nullable=True)
    op.add_column("interaction", sa.Column("outcome", sa.Text(), nullable=True))
    op.add_column("interaction", sa.Column("next_step", sa.Text(), nullable=True))
    op.add_column("workflow_version", sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("workflow_version", sa.Column("digest", sa.Text(), server_default="", nullable=False))
    op.drop_constraint(
        op.f("uq_workflow_version_tenant_id_workflow_workflow_version"), "workflow_version", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_workflow_version_revision"),
        "workflow_version",
        ["tenant_id", "workflow", "workflow_version", "revision"],
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS principal(bytea, text)")
    op.execute("DROP FUNCTION IF EXISTS tenant_find(text)")
    op.drop_column("tenant", "tailoring")
    op.drop_constraint(
        op.f("uq_workflow_version_revision"), "workflow_version", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_workflow_version_tenant_id_workflow_workflow_version"),
        "workflow_version",
        ["tenant_id", "workflow", "workflow_version"],
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("workflow_version", "digest")
    op.drop_column("workflow_version", "revision")
    op.drop_column("interaction", "next_step")
    op.drop_column("interaction", "outcome")
    op.alter_column("gate_decision", "channel", existing_type=sa.TEXT(), nullable=False)
    op.alter_column("gate_decision", "purpose", existing_type=sa.TEXT(), nullable=False)
    op.alter_column("gate_decision", "customer_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("gate_decision", "shadow")
    op.drop_column("gate_decision", "record_id")
    op.drop_column("gate_decision", "case_id")
    op.drop_column("case", "workflow_revision")
    op.drop_index("ix_clock_record", table_name="clock")
    op.drop_index("ix_clock_next", table_name="clock", postgresql_where=sa.text("next_at IS NOT NULL"))
    op.drop_index("ix_clock_due_anywhere", table_name="clock", postgresql_where=sa.text("next_at IS NOT NULL"))
    op.drop_index("ix_clock_case", table_name="clock")
    op.drop_table("clock")
    op.drop_index("ix_case_comment_case", table_name="case_comment")
    op.drop_table("case_comment")
    op.drop_index("ix_rule_trial_row_run", table_name="rule_trial_row")
    op.drop_table("rule_trial_row")
    op.drop_index("ix_record_reading_series", table_name="record_reading")
    op.drop_table("record_reading")
    op.drop_index("uq_finding_open", table_name="finding", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_finding_subject", table_name="finding")
    op.drop_index("ix_finding_recent", table_name="finding")
    op.drop_table("finding")
    op.drop_index("ix_approval_subject", table_name="approval")
    op.drop_index("ix_approval_open", table_name="approval", postgresql_where=sa.text("state = 'requested'"))
    op.drop_table("approval")
    op.drop_table("notification_preference")
    op.drop_index("ix_notification_unread", table_name="notification", postgresql_where=sa.text("read_at IS NULL"))
    op.drop_index("ix_notification_person", table_name="notification")
    op.drop_table("notification")
    op.drop_index("ix_mail_recent", table_name="mail")
    op.drop_table("mail")
    op.drop_index("ix_approval_delegation_to", table_name="approval_delegation")
    op.drop_table("approval_delegation")
    op.drop_table("workflow_setting")
    op.drop_table("tenant_field")
    op.drop_table("rule_setting")
    op.drop_index("ix_parameter_override_key", table_name="parameter_override")
    op.drop_table("parameter_override")
    op.drop_index("ix_outbox_event_time", table_name="outbox_event")
    op.drop_table("outbox_event")
    op.drop_table("field_slot")
    op.drop_table("field_setting")
    op.drop_table("calendar_day")
