"""Requests to export: who asked for what, what the gate and a second person said, and what became of the file."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.walls import Walls

KINDS = ("customers", "contacts", "records", "cases", "interactions")
FORMATS = ("csv", "xlsx", "vcard")
STATES = ("requested", "running", "done", "refused", "failed", "expired")


class ExportRequest(TenantModel):
    """`chosen` says which rows: `{"type"?, "tree"?, "segment"?, "ids"?, "state"?}`; it holds conditions, never rows.

    `rows_asked` were counted when it was asked, `rows_written` are in the file. The file lies in the store under `file_id` until
    `expires_at`.
    """

    __tablename__ = "export_request"
    __walls__: ClassVar[Walls] = Walls(
        provider="engagement", provider_writes=("INSERT", "UPDATE"), signed=True, deletable=False, auth="SELECT"
    )
    __table_args__ = (
        references("participant", "requested_by", optional=True),
        references("gate_decision", "gate_decision_id", optional=True),
        one_of("what", *KINDS),
        one_of("format", *FORMATS),
        one_of("state", *STATES),
        one_of("requested_party", "client", "provider", "system"),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_export_request_recent", "tenant_id", "created_at", "id"),
        Index("ix_export_request_mine", "tenant_id", "requested_by", "created_at"),
    )

    number: Mapped[int] = mapped_column(BigInteger)
    what: Mapped[str]
    chosen: Mapped[dict[str, Any]]
    fields: Mapped[list[str]] = mapped_column(JSONB)
    format: Mapped[str]
    purpose: Mapped[str]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="requested")
    rows_asked: Mapped[int] = mapped_column(BigInteger)
    rows_written: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    requested_by: Mapped[UUID | None]
    requested_name: Mapped[str]
    requested_party: Mapped[str]
    engagement_id: Mapped[UUID | None]
    gate_decision_id: Mapped[UUID | None]
    approval_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]
    file_size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    taken: Mapped[int] = mapped_column(server_default=text("0"))
    problem: Mapped[dict[str, Any] | None]
