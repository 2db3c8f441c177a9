"""The open work for which a person may see a value: a case of theirs, or a contact the customer began and that is going on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from core.cases.models import Case, CaseStep
from core.context import Context
from core.engagements.queries import leased
from core.interactions.models import Interaction

IN_PROGRESS = timedelta(hours=4)
"""A contact without an end that began longer ago is one that nobody closed."""


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """`kind` is `case` or `interaction`."""

    kind: str
    id: UUID
    number: int
    workflow: str | None = None


def open_work(session: Session, *, context: Context, customer_id: UUID) -> Sequence[WorkItem]:
    """The person's own open work on a customer, the newest first. A case nobody has counts for who worked on it last."""
    if context.participant_id is None:
        return []
    worked = exists().where(CaseStep.case_id == Case.id, CaseStep.participant_id == context.participant_id)
    cases = session.execute(
        select(Case.id, Case.number, Case.workflow)
        .where(
            Case.customer_id == customer_id,
            Case.closed_at.is_(None),
            or_(Case.assignee_id == context.participant_id, Case.assignee_id.is_(None) & worked),
            leased(Case.customer_id, context),
        )
        .order_by(Case.opened_at.desc())
        .limit(20)
    ).all()
    contacts = session.execute(
        select(Interaction.id, Interaction.number)
        .where(
            Interaction.customer_id == customer_id,
            Interaction.direction == "inbound",
            Interaction.agent_id == context.participant_id,
            Interaction.ended_at.is_(None),
            Interaction.started_at > datetime.now(UTC) - IN_PROGRESS,
            leased(Interaction.customer_id, context),
        )
        .order_by(Interaction.started_at.desc())
        .limit(5)
    ).all()
    return [
        *(WorkItem(kind="interaction", id=row.id, number=row.number) for row in contacts),
        *(WorkItem(kind="case", id=row.id, number=row.number, workflow=row.workflow) for row in cases),
    ]
