"""Read cases: lists, one with its history, the open ones of a customer; and tell the gate of open complaints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, literal, select, text, tuple_
from sqlalchemy.orm import Session

from core.cases.models import Case, CaseStep
from core.context import Context
from core.customers.models import Customer
from core.db import scope
from core.engagements.queries import leased
from core.gate.facts import Facts, Question
from core.identity.models import Participant
from core.interactions.queries import Page, cursor, read_cursor

LIMIT = 200
COUNT_LIMIT = 999

_OPEN_CASES = text(
    "SELECT * FROM open_cases(cast(:customers AS uuid[]), cast(:workflows AS text[]))"
).execution_options(**scope.RLS_ONLY)
"""A function that walls for itself: it counts the cases of other providers too, and returns nothing else of them."""


def complaint_counts(session: Session, question: Question, found: Facts) -> Facts:
    """The gate's third source: open cases, whoever works on them, of workflows that stop offers."""
    stopping = [name for name, workflow in question.view.workflows.items() if workflow.blocks_marketing]
    if not stopping:
        return {}
    rows = session.execute(_OPEN_CASES, {"customers": list(found), "workflows": stopping})
    return {row.customer_id: {"open_complaints": row.cases} for row in rows}


_CASE = (
    Case.id, Case.number, Case.customer_id, Case.record_id, Case.workflow, Case.workflow_version, Case.state, Case.title,
    Case.severity, Case.assignee_id, Case.engagement_id, Case.opened_at, Case.entered_at, Case.due_at, Case.closed_at,
    Case.outcome, Case.attributes, Case.version,
)  # fmt: skip
_CUSTOMER = (Customer.number.label("customer_number"), Customer.name.label("customer_name"))


@dataclass(frozen=True, kw_only=True)
class CaseFilters:
    """`open` None means open and closed."""

    workflow: str | None = None
    state: str | None = None
    open: bool | None = True
    customer_id: UUID | None = None


def case_page(
    session: Session, *, context: Context, filters: CaseFilters, after: str | None = None, limit: int = 50
) -> Page:
    """Cases, the newest first. A provider sees those of its engagement and the client's, of customers leased to it.

    Raises Invalid for a cursor that is none.
    """
    limit = max(1, min(limit, LIMIT))
    newest = (Case.opened_at.desc(), Case.id.desc())
    first = select(Case.id).where(*_conditions(context, filters))
    if after:
        moment, row_id = read_cursor(after)
        first = first.where(tuple_(Case.opened_at, Case.id) < tuple_(literal(moment), literal(row_id)))
    # The page's cases are found before anything is joined: else all open cases of the engagement are, and then sorted.
    ids = first.order_by(*newest).limit(limit + 1).subquery()
    rows = session.execute(
        select(*_CASE, *_CUSTOMER, Participant.shown_name.label("assignee"))
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Participant, Participant.id == Case.assignee_id)
        .where(Case.id.in_(select(ids.c.id)))
        .order_by(*newest)
    ).all()
    following = cursor(rows[limit - 1].opened_at, rows[limit - 1].id) if len(rows) > limit else None
    return Page(rows=rows[:limit], next=following)


def _conditions(context: Context, filters: CaseFilters) -> list[ColumnElement[bool]]:
    found = [leased(Case.customer_id, context)]
    if filters.open is not None:
        found.append(Case.closed_at.is_(None) if filters.open else Case.closed_at.is_not(None))
    if filters.workflow:
        found.append(Case.workflow == filters.workflow)
    if filters.state:
        found.append(Case.state == filters.state)
    if filters.customer_id:
        found.append(Case.customer_id == filters.customer_id)
    return found


def state_counts(session: Session, *, context: Context, workflow: str) -> dict[str, int]:
    """Open cases of a workflow by state."""
    rows = session.execute(
        select(Case.state, func.count().label("cases"))
        .where(*_conditions(context, CaseFilters(workflow=workflow)))
        .group_by(Case.state)
    )
    return {row.state: row.cases for row in rows}


def overdue_count(session: Session, *, context: Context) -> int:
    """Open cases past their deadline, counted up to COUNT_LIMIT: for the navigation."""
    over = (
        select(literal(1))
        .select_from(Case)
        .where(*_conditions(context, CaseFilters()), Case.due_at < func.now())
        .limit(COUNT_LIMIT)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(over)) or 0


def case_row(session: Session, *, context: Context, case_id: UUID) -> Row[Any] | None:
    """One case with what its guards and page need of the customer; None if absent, another's, or not leased."""
    customer = (
        Customer.kind.label("customer_kind"), Customer.state.label("customer_state"), Customer.country, Customer.grade,
        Customer.time_zone, Customer.salutation, Customer.phone, Customer.attributes.label("customer_attributes"),
    )  # fmt: skip
    columns: list[Any] = [*_CASE, *_CUSTOMER, *customer, Participant.shown_name.label("assignee")]
    return session.execute(
        select(*columns)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Participant, Participant.id == Case.assignee_id)
        .where(Case.id == case_id, leased(Case.customer_id, context))
    ).one_or_none()


def steps_of(session: Session, *, case_id: UUID) -> Sequence[Any]:
    """The history of a case, in order of time. Mask `note` before showing it to a provider."""
    return session.execute(
        select(
            CaseStep.id, CaseStep.transition, CaseStep.source, CaseStep.target, CaseStep.taken_at, CaseStep.note,
            CaseStep.values, CaseStep.party, CaseStep.shown_name,
        )
        .where(CaseStep.case_id == case_id)
        .order_by(CaseStep.taken_at, CaseStep.id)
    ).all()  # fmt: skip
