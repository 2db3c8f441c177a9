"""The board of one workflow: a lane for each state, its cases by deadline, and the steps each may take from there.

A lane shows its first cases and a count that is capped, so that a board of 20,000 open cases costs what one of 200 does:
each lane is the head of an index, and the counts are one statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, select
from sqlalchemy.orm import Session

from core.cases import standing
from core.cases.definitions import ENDS, guard_values, steps_from
from core.cases.models import Case, WorkflowVersion
from core.cases.moves import why_not
from core.cases.pinning import definition_of
from core.cases.queries import LINE, CaseFilters, conditions, first
from core.cases.shown import Line
from core.context import Context
from core.customers.models import Customer
from core.identity.models import Participant
from core.plugin import State, Transition, Workflow
from core.plugin.catalog import CatalogView

SHOWN = 20
COUNTED = 999
CLOSED_FOR = timedelta(days=30)
"""How long a case that ended is on the board."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A case on the board. `moves` are the steps its reader may take now; the others, with reasons, are on its page."""

    line: Line
    moves: Sequence[Transition]


@dataclass(frozen=True, kw_only=True)
class Lane:
    state: State
    tiles: Sequence[Tile]
    count: int

    @property
    def ended(self) -> bool:
        return self.state.kind in ENDS

    @property
    def more(self) -> bool:
        return self.count > len(self.tiles)

    @property
    def overflowing(self) -> bool:
        return self.count > COUNTED


def lanes_of(
    session: Session, *, context: Context, view: CatalogView, workflow: str, assignee: UUID | None = None
) -> list[Lane]:
    """The lanes in the order of the declared states."""
    declared = view.workflows[workflow]
    filters = {
        state.key: CaseFilters(workflow=workflow, state=state.key, open=state.kind not in ENDS, assignee=assignee)
        for state in declared.states
    }
    counts = _counts(session, context, filters)
    return [
        Lane(state=state, count=counts[state.key], tiles=_tiles(session, context, view, declared, filters[state.key]))
        for state in declared.states
    ]


def _where(context: Context, filters: CaseFilters) -> list[Any]:
    found: list[Any] = conditions(context, filters)
    if filters.open is False:
        found.append(Case.closed_at > datetime.now(UTC) - CLOSED_FOR)
    return found


def _counts(session: Session, context: Context, filters: Mapping[str, CaseFilters]) -> dict[str, int]:
    """Cases of each lane, counted up to one more than `COUNTED`."""
    counted = []
    for each in filters.values():
        some = select(literal(1)).select_from(Case).where(*_where(context, each)).limit(COUNTED + 1).subquery()
        counted.append(select(func.count()).select_from(some).scalar_subquery())
    return dict(zip(filters, session.execute(select(*counted)).one(), strict=True))


def _tiles(
    session: Session, context: Context, view: CatalogView, declared: Workflow, filters: CaseFilters
) -> list[Tile]:
    order = (Case.due_at, Case.id) if filters.open else (Case.closed_at.desc(), Case.id.desc())
    head = first(context, _where(context, filters), order, limit=SHOWN)
    rows = session.execute(
        select(*LINE, *standing.CUSTOMER, WorkflowVersion.id.label("version_id"), WorkflowVersion.digest)
        .join(head, head.c.id == Case.id)
        .join(Customer, Customer.id == Case.customer_id)
        .join(
            WorkflowVersion,
            and_(
                WorkflowVersion.workflow == Case.workflow,
                WorkflowVersion.workflow_version == Case.workflow_version,
                WorkflowVersion.revision == Case.workflow_revision,
            ),
        )
        .outerjoin(Participant, Participant.id == Case.assignee_id)
        .order_by(*order)
    )
    return [_tile(session, context, view, declared, row) for row in rows]


def _tile(session: Session, context: Context, view: CatalogView, declared: Workflow, row: Any) -> Tile:
    pinned = definition_of(session, version_id=row.version_id, digest=row.digest)
    known = guard_values(
        standing.customer_of(row), {"attributes": row.attributes, "state": row.state, "severity": row.severity}
    )
    steps = steps_from(pinned, row.state) if row.closed_at is None else []
    able = [
        step for step in steps if why_not(step, context=context, view=view, workflow=row.workflow, known=known) is None
    ]
    return Tile(line=Line(row, declared, context), moves=able)
