"""The table of deletion certificates, which is all that is left of a tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Model, new_id, one_of


class DeletionCertificate(Model):
    """A deletion that has begun or is proved. `reference` is part of the certificate's public address and not guessable.

    `slugs` stay reserved. `partners` are the tenants of the other parties, who may read it. `notes` are the work so far.
    """

    __tablename__ = "deletion_certificate"
    __table_args__ = (one_of("state", "erasing", "issued"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(unique=True)
    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(server_default="erasing")
    slugs: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    partners: Mapped[list[str]] = mapped_column(server_default=text("'[]'::jsonb"))
    notes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    document: Mapped[dict[str, Any] | None]
    sha256: Mapped[str | None]
    signature: Mapped[str | None]
    begun_at: Mapped[datetime] = mapped_column(server_default=func.now())
    issued_at: Mapped[datetime | None]
