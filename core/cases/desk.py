"""One desk over many workspaces: what waits for a person, in each place where they work.

Each workspace is read in a transaction of its own, under that person's scope there, and drawn before the next is opened: no row of
one client can stand under another. What one workspace wants (a proof that its sign-in policy asks for, a grant that has ended) or
cannot answer is said in its place, and the others are there all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, literal, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.cases import policy
from core.cases.models import Case
from core.cases.queries import CaseFilters, case_page, conditions, filtered_count
from core.cases.shown import Line
from core.context import Context
from core.errors import DomainError
from core.identity.access import REASONS
from core.identity.service import Workplace
from core.notify.queries import unread_count
from core.plugin.catalog import CatalogView

LOG = structlog.get_logger(__name__)

SHOWN = 25
COUNTED = 999

Opened = Callable[[str], Context | None]
ViewOf = Callable[[Session, Context], CatalogView]


@dataclass(frozen=True, kw_only=True)
class Place:
    """One workspace as the desk shows it. `problem`: `policy` (a proof is wanted first), `closed`, `withheld` or `failed`."""

    place: Workplace
    context: Context | None = None
    problem: str | None = None
    reason: str | None = None
    cases: int = 0
    today: int = 0
    overdue: int = 0
    unread: int = 0
    lines: Sequence[Line] = field(default=())

    @property
    def more(self) -> int:
        """Cases that are not drawn."""
        return self.cases - len(self.lines)


def desk(session: Session, *, places: Sequence[Workplace], opened: Opened, view_of: ViewOf) -> Iterator[Place]:
    """Each place in turn, its transaction still open: draw it before the next is asked for. `opened` enters a workspace."""
    for place in places:
        session.rollback()
        try:
            yield _read(session, place, opened, view_of)
        except (DomainError, SQLAlchemyError) as error:
            session.rollback()
            LOG.warning("a workspace of the desk failed", workspace=place.slug, error=type(error).__name__)
            yield Place(place=place, problem="failed")
    session.rollback()


def _read(session: Session, place: Workplace, opened: Opened, view_of: ViewOf) -> Place:
    context = opened(place.slug)
    if context is None:
        return Place(place=place, problem="closed")
    if context.assurance.wants:
        return Place(place=place, problem="policy")
    unread = unread_count(session, context=context)
    if not context.may(policy.READ):
        reason = REASONS.get(context.withheld or "")
        return Place(place=place, context=context, problem="withheld" if reason else None, reason=reason, unread=unread)
    mine = CaseFilters(assignee=context.participant_id)
    view, tonight = view_of(session, context), _midnight(context)
    due = case_page(session, context=context, filters=mine, order="due", limit=SHOWN)
    rows = list(due.rows)
    if len(rows) < SHOWN:
        known = {row.id for row in rows}
        newest = case_page(session, context=context, filters=mine, limit=SHOWN)
        rows += [row for row in newest.rows if row.id not in known][: SHOWN - len(rows)]
    return Place(
        place=place,
        context=context,
        cases=filtered_count(session, context=context, filters=mine, cap=COUNTED),
        today=_due(session, context, mine, before=tonight),
        overdue=_due(session, context, mine, before=datetime.now(UTC)),
        unread=unread,
        lines=[Line(row, view.workflow(row.workflow), context) for row in rows],
    )


def _midnight(context: Context) -> datetime:
    """When today ends where the person works."""
    here = ZoneInfo(context.zone)
    return datetime.combine(datetime.now(here).date() + timedelta(days=1), datetime.min.time(), here).astimezone(UTC)


def _due(session: Session, context: Context, mine: CaseFilters, *, before: datetime) -> int:
    some = select(literal(1)).select_from(Case).where(*conditions(context, mine), Case.due_at < before)
    return session.scalar(select(func.count()).select_from(some.limit(COUNTED).subquery())) or 0
