"""Read cases: lists, one with its history, comments and clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Subquery,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.cases.models import Case, CaseComment, CaseStep
from core.clocks.models import Clock
from core.context import Context
from core.customers.models import Customer
from core.db.keyset import Page, cursor, read_cursor
from core.db.reading import Listing
from core.engagements.queries import leased, live_lease
from core.errors import NotFound
from core.identity.models import Participant
from core.tenants.models import Unit

LIMIT = 200
COUNT_LIMIT = 999
OVERDUE = 100

_CASE = (
    Case.id, Case.number, Case.customer_id, Case.record_id, Case.workflow, Case.workflow_version, Case.workflow_revision,
    Case.state, Case.title, Case.severity, Case.assignee_id, Case.unit_id, Case.engagement_id, Case.opened_at,
    Case.entered_at, Case.due_at, Case.closed_at, Case.outcome, Case.attributes, Case.version,
)  # fmt: skip
_CUSTOMER = (Customer.number.label("customer_number"), Customer.name.label("customer_name"))
_ASSIGNEE = (Participant.shown_name.label("assignee"), Participant.party.label("assignee_party"))

LINE: tuple[Any, ...] = (*_CASE, *_CUSTOMER, *_ASSIGNEE)
"""What `cases.shown.Line` needs of a case."""

Order = Literal["newest", "due"]


@dataclass(frozen=True, kw_only=True)
class CaseFilters:
    """`open` None means open and closed. `assignee` is a participant's id, or `none` for those nobody has.

    `due`: those with a deadline only; `overdue`: those past it.
    """

    workflow: str | None = None
    state: str | None = None
    open: bool | None = True
    customer_id: UUID | None = None
    record_id: UUID | None = None
    assignee: UUID | Literal["none"] | None = None
    severity: str | None = None
    unit_id: UUID | None = None
    overdue: bool = False
    where: Sequence[ColumnElement[bool]] = ()
    """Conditions already compiled, all of which must be true."""


def customer_of(session: Session, case_id: UUID) -> UUID:
    """Whose case it is. Raises NotFound where it is not the reader's."""
    found = session.scalar(select(Case.customer_id).where(Case.id == case_id))
    if found is None:
        raise NotFound
    return found


def case_page(
    session: Session,
    *,
    context: Context,
    filters: CaseFilters,
    after: str | None = None,
    limit: int = 50,
    order: Order = "newest",
) -> Page:
    """Cases, the newest first, or those with a deadline, the soonest first.

    A provider sees those of its engagement and the client's, of customers leased to it. Raises Invalid for a cursor that is none.
    """
    limit = max(1, min(limit, LIMIT))
    sort = Case.opened_at if order == "newest" else Case.due_at
    found = conditions(context, filters)
    if order == "due":
        found.append(Case.due_at.is_not(None))
    if after:
        moment, row_id = read_cursor(after)
        here, there = tuple_(sort, Case.id), tuple_(literal(moment), literal(row_id))
        found.append(here < there if order == "newest" else here > there)
    sorting = (sort.desc(), Case.id.desc()) if order == "newest" else (sort, Case.id)
    head = first(context, found, sorting, limit=limit + 1)
    wanted = (
        select(*LINE)
        .join(head, head.c.id == Case.id)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Participant, Participant.id == Case.assignee_id)
    )
    rows = session.execute(wanted.order_by(*sorting)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = cursor(last.opened_at if order == "newest" else last.due_at, last.id) if last is not None else None
    return Page(rows=rows[:limit], next=following)


def first(context: Context, wanted: Sequence[ColumnElement[bool]], sorting: Sequence[Any], *, limit: int) -> Subquery:
    """The ids of the first cases, before anything is joined to them: the head of an index.

    Joined at once, the server took 3,000 cases of a lane with their customers to sort them for the first 20: 94 ms, not 1.
    """
    return ids(context, wanted).order_by(*sorting).limit(limit).subquery("head")


def ids(context: Context, wanted: Sequence[ColumnElement[bool]], *columns: Any) -> Select[Any]:
    """The cases that meet what is wanted, by their ids and `columns` of their own."""
    found = select(Case.id, *columns).where(*wanted)
    if context.reach is not None:  # a case whose customer its reader does not reach is none of them
        found = found.join(Customer, Customer.id == Case.customer_id)
    return found


def lines(session: Session, case_ids: Sequence[UUID]) -> list[Row[Any]]:
    """LINE of each of these cases, in their order."""
    wanted = (
        select(*LINE)
        .join(Customer, Customer.id == Case.customer_id)
        .outerjoin(Participant, Participant.id == Case.assignee_id)
        .where(Case.id == any_(bindparam("asked", list(case_ids), type_=ARRAY(Uuid))))
    )
    found = {row.id: row for row in session.execute(wanted)} if case_ids else {}
    return [found[each] for each in case_ids if each in found]


def conditions(context: Context, filters: CaseFilters) -> list[ColumnElement[bool]]:
    """What a case meets to be in a list of these filters; a provider's repeats the lease."""
    found = [leased(Case.customer_id, context), *filters.where]
    if filters.open is not None:
        found.append(Case.closed_at.is_(None) if filters.open else Case.closed_at.is_not(None))
    if filters.assignee is not None:
        found.append(Case.assignee_id.is_(None) if filters.assignee == "none" else Case.assignee_id == filters.assignee)
    if filters.overdue:
        found.append(Case.due_at < func.now())
    for column, value in (
        (Case.workflow, filters.workflow),
        (Case.state, filters.state),
        (Case.customer_id, filters.customer_id),
        (Case.record_id, filters.record_id),
        (Case.severity, filters.severity),
        (Case.unit_id, filters.unit_id),
    ):
        if value:
            found.append(column == value)
    return found


def filtered_count(session: Session, *, context: Context, filters: CaseFilters, cap: int) -> int:
    """How many there are, counted up to one more than `cap`."""
    some = select(literal(1)).select_from(Case).where(*conditions(context, filters)).limit(cap + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def overdue_count(session: Session, *, context: Context) -> int:
    """Open cases past their deadline, counted up to OVERDUE: for the navigation, which says no more than that it is many."""
    provider = context.party == "provider"
    values = {"engagement": context.engagement_id} if provider else {}
    return int(_overdue(provider).fetch(session, **values)[0][0])


@cache
def _overdue(provider: bool) -> Listing:
    """Read for each page: the soonest due come first out of their index, and no more are looked at than are counted."""
    late = select(Case.id).where(Case.closed_at.is_(None), Case.due_at < func.now())
    if provider:
        late = late.where(live_lease(Case.customer_id, engagement_id=bindparam("engagement")))
    some = late.order_by(Case.due_at).limit(literal_column(str(OVERDUE), Integer)).subquery()
    return Listing(select(func.count()).select_from(some), spelled=["engagement"] if provider else ())


def case_row(session: Session, *, context: Context, case_id: UUID) -> Row[Any] | None:
    """One case with what its guards and page need of the customer; None if absent, another's, or not leased."""
    customer = (
        Customer.kind.label("customer_kind"), Customer.state.label("customer_state"), Customer.country, Customer.grade,
        Customer.time_zone, Customer.salutation, Customer.phone, Customer.attributes.label("customer_attributes"),
    )  # fmt: skip
    columns: list[Any] = [*_CASE, *_CUSTOMER, *customer, *_ASSIGNEE]
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


def clocks_of(session: Session, *, case_id: UUID) -> Sequence[Clock]:
    """The deadlines of a case, the oldest first."""
    return session.scalars(select(Clock).where(Clock.case_id == case_id).order_by(Clock.started_at, Clock.id)).all()


def comments_of(session: Session, *, context: Context, case_id: UUID) -> Sequence[Any]:
    """What was said about a case that the reader may read, in order of time: internal ones of the own side only.

    Mask `body` before showing it to a provider.
    """
    internal: ColumnElement[bool] = CaseComment.engagement_id.is_(None)
    if context.party == "provider":
        internal = CaseComment.engagement_id == context.engagement_id
    return session.execute(
        select(
            CaseComment.id, CaseComment.audience, CaseComment.body, CaseComment.party, CaseComment.participant_id,
            CaseComment.shown_name, CaseComment.created_at,
        )
        .where(CaseComment.case_id == case_id, or_(CaseComment.audience == "shared", internal))
        .order_by(CaseComment.created_at, CaseComment.id)
    ).all()  # fmt: skip


def units(session: Session) -> Sequence[Any]:
    """The tenant's units, by name, for a filter."""
    return session.execute(select(Unit.id, Unit.name).order_by(Unit.name, Unit.id).limit(LIMIT)).all()
