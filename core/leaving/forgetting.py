"""The packages of everything a tenant has, once somebody in them is erased: they go, and can be asked for anew."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.files import service as files
from core.files.models import StoredFile
from core.leaving.service import KIND


def forget(session: Session, *, customer_id: UUID) -> int:  # noqa: ARG001 - everybody is in them
    """Remove them all. How many."""
    rows = session.scalars(select(StoredFile).where(StoredFile.purpose == KIND)).all()
    for row in rows:
        files.forget(session, file=row)
    return len(rows)
