"""The files of exports, once a person is erased: which rows are in a file nobody keeps, so all of them go."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.exports.models import ExportRequest
from core.files import service as files


def forget(session: Session, *, customer_id: UUID) -> int:  # noqa: ARG001 - which rows a file has is not kept
    """Remove them; the requests stay as expired and can be asked anew. How many."""
    rows = session.scalars(select(ExportRequest).where(ExportRequest.file_id.is_not(None)).with_for_update()).all()
    for row in rows:
        assert row.file_id is not None
        files.path_of(row.tenant_id, row.file_id).unlink(missing_ok=True)
        row.file_id, row.state = None, "expired"
    session.flush()
    return len(rows)
