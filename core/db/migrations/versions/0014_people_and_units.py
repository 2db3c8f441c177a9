"""People: roles of the tenant's own, roles given from a moment until another with what they reach, invitations, teams.

Roles that people hold become assignments without an end. A table's owner reads past its wall only while that is not forced.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
REACHES = "reach IN ('all', 'leased', 'own', 'unit', 'unit_and_below', 'condition')"
HELD = """
INSERT INTO role_assignment (tenant_id, id, participant_id, engagement_id, role, reach, starts_at, ends_at)
SELECT p.tenant_id, gen_random_uuid(), p.id, p.engagement_id, r.role,
       CASE WHEN p.engagement_id IS NULL THEN 'all' ELSE 'leased' END, p.created_at, p.ended_at
  FROM participant p, jsonb_array_elements_text(p.roles) AS r (role)
"""
GIVEN_BACK = """
UPDATE participant p SET roles = (
  SELECT coalesce(jsonb_agg(DISTINCT a.role), '[]') FROM role_assignment a
   WHERE a.tenant_id = p.tenant_id AND a.participant_id = p.id AND a.starts_at <= now()
     AND (a.ends_at IS NULL OR a.ends_at > now()))
"""


def upgrade() -> None:
    for column in (sa.Column("engagement_id", sa.Uuid()), sa.Column("archived_at", sa.DateTime(timezone=True))):
        op.add_column("unit", column)
    _points("unit", "engagement", "engagement_id", ondelete="CASCADE")
    op.create_index("ix_unit_parent", "unit", ["tenant_id", "parent_id"])
    _points("participant", "unit", "unit_id", ondelete="SET NULL (unit_id)")
    op.create_index(
        "ix_participant_unit", "participant", ["tenant_id", "unit_id"], postgresql_where=sa.text("unit_id IS NOT NULL")
    )
    for name in ("owner", "unit"):
        op.create_index(
            f"ix_customer_{name}", "customer", ["tenant_id", f"{name}_id", "id"],
            postgresql_where=sa.text(f"{name}_id IS NOT NULL"),
        )  # fmt: skip
    _roles()
    _assignments()
    _invitations()
    op.execute("ALTER TABLE participant NO FORCE ROW LEVEL SECURITY")
    op.execute(HELD)
    op.execute("ALTER TABLE participant FORCE ROW LEVEL SECURITY")
    op.drop_column("participant", "roles")
    op.alter_column("mail", "participant_id", nullable=True)
    op.add_column("mail", sa.Column("invitation_id", sa.Uuid()))
    _points("mail", "invitation", "invitation_id", ondelete="CASCADE")
    op.create_check_constraint("ck_mail_reader", "mail", "num_nonnulls(participant_id, invitation_id) = 1")


def downgrade() -> None:
    op.execute("ALTER TABLE mail NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM mail WHERE participant_id IS NULL")
    op.execute("ALTER TABLE mail FORCE ROW LEVEL SECURITY")
    op.drop_constraint("ck_mail_reader", "mail")
    op.drop_column("mail", "invitation_id")
    op.alter_column("mail", "participant_id", nullable=False)
    op.add_column("participant", sa.Column("roles", JSON, server_default=sa.text("'[]'::jsonb"), nullable=False))
    for table in ("participant", "role_assignment"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(GIVEN_BACK)
    op.execute("ALTER TABLE participant FORCE ROW LEVEL SECURITY")
    for table in ("invitation", "role_assignment", "role"):
        op.drop_table(table)
    for name in ("unit", "owner"):
        op.drop_index(f"ix_customer_{name}", table_name="customer")
    op.drop_index("ix_participant_unit", table_name="participant")
    op.drop_constraint("fk_participant_tenant_id_unit_id", "participant")
    op.drop_index("ix_unit_parent", table_name="unit")
    for column in ("archived_at", "engagement_id"):
        op.drop_column("unit", column)


def _roles() -> None:
    op.create_table(
        "role",
        *_identity(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", JSON, nullable=False),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("permissions", JSON, nullable=False),
        sa.Column("parties", JSON, nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True)),
        *_stamps(),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_role"),
        sa.UniqueConstraint("tenant_id", "key", name="uq_role_tenant_id_key"),
    )


def _assignments() -> None:
    op.create_table(
        "role_assignment",
        *_identity(),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.Uuid()),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("reach", sa.Text(), server_default="all", nullable=False),
        sa.Column("unit_id", sa.Uuid()),
        sa.Column("condition", JSON),
        sa.Column("starts_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        *_stamps(),
        sa.CheckConstraint(REACHES, name="ck_role_assignment_reach"),
        sa.CheckConstraint("(reach = 'condition') = (condition IS NOT NULL)", name="ck_role_assignment_condition"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_role_assignment"),
    )
    _points("role_assignment", "participant", "participant_id", ondelete="CASCADE")
    _points("role_assignment", "engagement", "engagement_id", ondelete="CASCADE")
    _points("role_assignment", "unit", "unit_id", ondelete="SET NULL (unit_id)")
    op.create_index("ix_role_assignment_person", "role_assignment", ["tenant_id", "participant_id"])
    op.create_index("ix_role_assignment_role", "role_assignment", ["tenant_id", "role"])


def _invitations() -> None:
    op.create_table(
        "invitation",
        *_identity(),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("engagement_id", sa.Uuid()),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("shown_name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid()),
        sa.Column("grants", JSON, nullable=False),
        sa.Column("round", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("secret_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("participant_id", sa.Uuid()),
        *_stamps(),
        sa.CheckConstraint("party IN ('client', 'provider')", name="ck_invitation_party"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_invitation"),
    )
    _points("invitation", "engagement", "engagement_id", ondelete="CASCADE")
    _points("invitation", "unit", "unit_id", ondelete="SET NULL (unit_id)")
    _points("invitation", "participant", "participant_id", ondelete="SET NULL (participant_id)")
    op.create_index("uq_invitation_secret_hash", "invitation", ["secret_hash"], unique=True)
    op.create_index("ix_invitation_address", "invitation", ["tenant_id", "email_key"])


def _points(table: str, target: str, column: str, *, ondelete: str) -> None:
    op.create_foreign_key(
        f"fk_{table}_tenant_id_{column}", table, target, ["tenant_id", column], ["tenant_id", "id"], ondelete=ondelete
    )


def _identity() -> list[sa.Column[object]]:
    return [sa.Column("tenant_id", sa.Uuid(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False)]


def _stamps() -> list[sa.Column[object]]:
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
    ]
