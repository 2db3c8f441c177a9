"""The table of sign-ups that wait for a click in a mail."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Model, new_id


class SignUp(Model):
    """What somebody typed, sealed under the platform's key until the address is confirmed. There is no tenant yet."""

    __tablename__ = "sign_up"
    __table_args__ = (Index("ix_sign_up_expires_at", "expires_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sealed: Mapped[bytes] = mapped_column(BYTEA)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
