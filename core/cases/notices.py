"""What a notice says of a case, and who looks after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.models import Case
from core.notify.heard import About
from core.plugin.catalog import Catalog


@dataclass(frozen=True)
class CaseSubject:
    """Finds a case by its id. The name is its workflow's, never the title that somebody typed."""

    catalog: Catalog

    def __call__(self, session: Session, _event: Any, case_id: UUID) -> About | None:
        row = session.execute(
            select(Case.number, Case.workflow, Case.assignee_id, Case.engagement_id).where(Case.id == case_id)
        ).one_or_none()
        if row is None:
            return None
        workflow = self.catalog.everything.workflow(row.workflow)
        return About(
            number=row.number,
            label=workflow.label if workflow is not None else {"en": row.workflow},
            people=[row.assignee_id] if row.assignee_id is not None else [],
            engagement_id=row.engagement_id,
        )
