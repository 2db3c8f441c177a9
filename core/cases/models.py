"""Tables of cases, the workflow versions they are pinned to, and every step they took."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.customers.models import Customer
from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.relations import belongs_to
from core.db.slots import Slots, slot_indexes
from core.db.walls import ENGAGEMENT, Walls
from core.fields.sounded import text_index


class WorkflowVersion(TenantModel):
    """The definition a tenant's cases were opened with, kept whole so that an old case still has its steps.

    `revision` counts what the tenant changed under one version of the vertical; `digest` tells two definitions apart.
    """

    __tablename__ = "workflow_version"
    __walls__: ClassVar[Walls] = Walls(provider="tenant", provider_writes=("INSERT",), deletable=False)
    __table_args__ = (
        UniqueConstraint("tenant_id", "workflow", "workflow_version", "revision", name="uq_workflow_version_revision"),
    )

    workflow: Mapped[str]
    workflow_version: Mapped[int]
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    digest: Mapped[str] = mapped_column(server_default="")
    definition: Mapped[dict[str, Any]]


class Case(Slots, TenantModel):
    """A case of one customer. `workflow` is `<vertical>.<key>`; `workflow_version` and `workflow_revision` never change.

    From `lapsed_at` on it says nothing of the customer any more: the time to keep it had run out.
    """

    __tablename__ = "case"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased",
        extra=f"engagement_id IS NULL OR engagement_id = {ENGAGEMENT}",
        provider_writes=("INSERT", "UPDATE"),
        signed=True,
        deletable=False,
        lapses="id",
        auth="SELECT",
        search=True,
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        references("record", "record_id", optional=True),
        references("participant", "assignee_id", optional=True),
        references("unit", "unit_id", optional=True),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_case_customer", "tenant_id", "customer_id", "opened_at"),
        Index("ix_case_opened", "tenant_id", "opened_at", "id"),
        Index("ix_case_open", "tenant_id", "opened_at", "id", postgresql_where=text("closed_at IS NULL")),
        Index("ix_case_due", "tenant_id", "due_at", "id", postgresql_where=text("closed_at IS NULL")),
        Index(
            "ix_case_lane", "tenant_id", "workflow", "state", "due_at", "id", postgresql_where=text("closed_at IS NULL")
        ),
        Index(
            "ix_case_assignee", "tenant_id", "assignee_id", "due_at", "id", postgresql_where=text("closed_at IS NULL")
        ),
        Index(
            "ix_case_ended",
            "tenant_id",
            "workflow",
            "state",
            "closed_at",
            "id",
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
        text_index("ix_case_search", "search_keys(tenant_id, search_text(title))"),
        *slot_indexes("case"),
    )

    number: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[UUID]
    record_id: Mapped[UUID | None]
    workflow: Mapped[str]
    workflow_version: Mapped[int]
    workflow_revision: Mapped[int] = mapped_column(server_default=text("1"))
    state: Mapped[str]
    title: Mapped[str]
    severity: Mapped[str] = mapped_column(server_default="normal")
    assignee_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    engagement_id: Mapped[UUID | None]
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    entered_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    customer: Mapped[Customer] = belongs_to(Customer, "customer_id")


class CaseStep(TenantModel):
    """One transition a case took: from, to, who, when, with what. The history replays to the present state.

    A provider sees the steps of the cases it sees: the wall of `case` stands inside this one.
    """

    __tablename__ = "case_step"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased",
        extra='EXISTS (SELECT FROM "case" c WHERE c.tenant_id = "case_step".tenant_id AND c.id = "case_step".case_id)',
        provider_writes=("INSERT",),
        append_only=True,
        follows=True,
        lapses="case_id",
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("case", "case_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        one_of("party", "client", "provider", "system"),
        Index("ix_case_step_case", "tenant_id", "case_id", "taken_at", "id"),
    )

    case_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    transition: Mapped[str | None]
    source: Mapped[str | None]
    target: Mapped[str]
    taken_at: Mapped[datetime]
    note: Mapped[str | None]
    values: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    party: Mapped[str]
    participant_id: Mapped[UUID | None]
    shown_name: Mapped[str] = mapped_column(server_default="")


class CaseComment(TenantModel):
    """What somebody says about a case. `internal` is read by the writer's own party only, `shared` by both; no
    provider reads another's."""

    __tablename__ = "case_comment"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased",
        extra=(
            f"((audience = 'shared' AND engagement_id IS NULL) OR engagement_id = {ENGAGEMENT}) AND "
            'EXISTS (SELECT FROM "case" c WHERE c.tenant_id = case_comment.tenant_id AND c.id = case_comment.case_id)'
        ),
        provider_writes=("INSERT",),
        signed=True,
        append_only=True,
        follows=True,
        lapses="case_id",
        search=True,
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("case", "case_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        one_of("audience", "internal", "shared"),
        one_of("party", "client", "provider", "system"),
        Index("ix_case_comment_case", "tenant_id", "case_id", "created_at", "id"),
        text_index("ix_case_comment_search", "search_keys(tenant_id, search_text(body))"),
    )

    case_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    audience: Mapped[str]
    body: Mapped[str]
    party: Mapped[str]
    participant_id: Mapped[UUID | None]
    shown_name: Mapped[str] = mapped_column(server_default="")
    engagement_id: Mapped[UUID | None]


class CaseBulkRow(TenantModel):
    """One case of an act on many. `case_version` is the one that was looked at, then the one the act left behind.

    `problem` is why not: `{"message", "params"}`. `before` is what an undo brings back.
    """

    __tablename__ = "case_bulk_row"
    __walls__: ClassVar[Walls] = Walls(
        provider="leased",
        extra=f"engagement_id = {ENGAGEMENT}",
        provider_writes=("INSERT", "UPDATE"),
        signed=True,
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("bulk_run", "run_id", cascade=True),
        references("case", "case_id", cascade=True),
        references("customer", "customer_id", cascade=True),
        one_of("outcome", "waiting", "possible", "refused", "done"),
        Index("ix_case_bulk_row_run", "tenant_id", "run_id", "position"),
    )

    run_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(BigInteger)
    case_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    engagement_id: Mapped[UUID | None]
    outcome: Mapped[str] = mapped_column(server_default="waiting")
    case_version: Mapped[int | None]
    problem: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]


class WorkflowSetting(TenantModel):
    """How a tenant tailors one workflow: other labels, optional steps switched off, more fields required by a step."""

    __tablename__ = "workflow_setting"
    __walls__: ClassVar[Walls] = Walls(provider="tenant")
    __table_args__ = (UniqueConstraint("tenant_id", "workflow"),)

    workflow: Mapped[str]
    labels: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    steps_off: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    required: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
