"""The files of imports, once somebody in them is erased: the file goes, the counts and the other rows' outcomes stay."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.files import service as files
from core.files.models import StoredFile
from core.imports.models import ImportFile, ImportRow


def forget(session: Session, *, customer_id: UUID) -> int:
    """Remove every file that had a row of the customer. How many."""
    runs = select(ImportRow.run_id).where(ImportRow.customer_id == customer_id)
    received = select(ImportFile.file_id).where(ImportFile.run_id.in_(runs))
    rows = session.scalars(select(StoredFile).where(StoredFile.id.in_(received))).all()
    for row in rows:
        files.forget(session, file=row)
    return len(rows)
