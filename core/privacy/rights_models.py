"""The table of what persons ask of us by their rights."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel, one_of, references
from core.db.merging import REPOINT, Merge
from core.db.walls import Walls

KINDS = ("access", "portability", "correction", "erasure", "restriction", "objection", "explanation")
STATES = ("open", "deciding", "fulfilled", "refused", "withdrawn")
CHANNELS = ("phone", "email", "post", "visit", "chat", "web")


class RightsRequest(TenantModel):
    """A person asks (PIPL 44 to 48, GDPR 15 to 21). `due_on` is when the answer is due; `checked` how we know who asks.

    `deciding`: a second person decides on the erasure. `result` says what was done, in counts by table; never a value.
    """

    __tablename__ = "rights_request"
    __walls__: ClassVar[Walls] = Walls(deletable=False)
    __merge__: ClassVar[Merge] = REPOINT
    __table_args__ = (
        references("customer", "customer_id", cascade=True),
        one_of("kind", *KINDS),
        one_of("state", *STATES),
        one_of("via", *CHANNELS),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_rights_request_customer", "tenant_id", "customer_id"),
        Index("ix_rights_request_time", "tenant_id", "created_at", "id"),
        Index("ix_rights_request_due", "tenant_id", "due_on", postgresql_where=text("state IN ('open', 'deciding')")),
    )

    number: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[UUID]
    kind: Mapped[str]
    via: Mapped[str]
    asked_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(server_default="open")
    checked: Mapped[str | None]
    extended_for: Mapped[str | None]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    approval_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]
    result: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
