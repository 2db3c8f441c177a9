"""What a notice says of a record: its type and number. Nobody has a record assigned; roles are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.notify.heard import About
from core.plugin.catalog import Catalog
from core.records.models import Record


@dataclass(frozen=True)
class RecordSubject:
    """Finds a record by its id."""

    catalog: Catalog

    def __call__(self, session: Session, _event: Any, record_id: UUID) -> About | None:
        row = session.execute(select(Record.number, Record.type).where(Record.id == record_id)).one_or_none()
        if row is None:
            return None
        kind = self.catalog.everything.record_types.get(row.type)
        return About(number=row.number, label=kind.label if kind is not None else {"en": row.type})
