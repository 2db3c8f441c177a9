"""Requests for an act that a second person must approve, and who decides in whose place."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.walls import Walls, lease_exists


class Approval(TenantModel):
    """`kind` says what is asked for (`case.step`, `parameter.override`, `rule.change`...); `payload` is what the act needs.

    `permission` is what the person who decides must have; it is never the person who asked. `result` names what came of it.
    """

    __tablename__ = "approval"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement",
        extra=f"customer_id IS NULL OR {lease_exists('approval', 'customer_id')}",
        provider_writes=("INSERT", "UPDATE"),
        signed=True,
        deletable=False,
        auth="SELECT",
    )
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        references("participant", "requested_by", optional=True),
        one_of("state", "requested", "approved", "refused", "withdrawn", "expired"),
        CheckConstraint("decided_by <> requested_by AND decided_for <> requested_by", name="second_person"),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_approval_open", "tenant_id", "created_at", "id", postgresql_where=text("state = 'requested'")),
        Index("ix_approval_subject", "tenant_id", "subject_id"),
    )

    number: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    engagement_id: Mapped[UUID | None]
    title: Mapped[dict[str, Any]]
    payload: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    reason: Mapped[str | None]
    permission: Mapped[str]
    requested_by: Mapped[UUID | None]
    requested_party: Mapped[str]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="requested")
    decided_by: Mapped[UUID | None]
    decided_for: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None]
    result: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class ApprovalDelegation(TenantModel):
    """One person decides in the place of another for a while. A delegate never decides on a request of their own."""

    __tablename__ = "approval_delegation"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", provider_writes=("INSERT", "UPDATE"), signed=True)
    __table_args__ = (
        references("participant", "from_id", cascade=True),
        references("participant", "to_id", cascade=True),
        Index("ix_approval_delegation_to", "tenant_id", "to_id", "ends_at"),
    )

    from_id: Mapped[UUID]
    to_id: Mapped[UUID]
    engagement_id: Mapped[UUID | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str | None]
