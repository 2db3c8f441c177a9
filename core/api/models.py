"""The table of idempotency keys: what was answered to a POST, so that the same POST again does nothing twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import TenantModel
from core.db.walls import Walls


class IdempotencyKey(TenantModel):
    """One answered POST of one token. `answer` is encrypted under the token itself: it may quote personal data."""

    __tablename__ = "idempotency_key"
    __walls__: ClassVar[Walls] = Walls(provider="engagement", provider_writes=("INSERT", "DELETE"))
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_hash", "key"),
        Index("ix_idempotency_key_expiry", "tenant_id", "expires_at"),
    )

    token_hash: Mapped[bytes] = mapped_column(BYTEA)
    key: Mapped[str]
    request_hash: Mapped[bytes] = mapped_column(BYTEA)
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    answer: Mapped[bytes] = mapped_column(BYTEA)
    engagement_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
