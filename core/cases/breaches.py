"""What a case's clock sets off besides notices: on a breach the system takes the step that the timer names, and a deadline
that was computed anew is the case's own."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.cases import queries, service, standing
from core.cases.definitions import steps_from
from core.cases.models import Case
from core.cases.standing import Standing
from core.clocks.events import ClockBreached, ClockMoved
from core.clocks.service import next_due
from core.context import Context
from core.errors import DomainError
from core.plugin.catalog import CatalogView

ViewOf = Callable[[Session, Context], CatalogView]


def follow_moved(session: Session, event: ClockMoved) -> None:
    """A calendar or parameter changed: an open case is due with the first of its clocks as they are now."""
    if event.case_id is None:
        return
    case = session.scalar(
        select(Case).where(Case.id == event.case_id, Case.closed_at.is_(None)).execution_options(populate_existing=True)
    )
    if case is not None:
        case.due_at = next_due(queries.clocks_of(session, case_id=case.id))
        session.flush()


class BreachSteps:
    """The system's step on a breach. `view_of` gives the tenant's view of the catalog."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, event: ClockBreached) -> None:
        """Take it from where the case stands. A step that is refused stays untaken, and the trail says why."""
        if event.case_id is None or event.stopped:
            return
        stand = standing.locked(session, context=event.context, case_id=event.case_id)
        transition = _named(stand, event.timer)
        if transition is None:
            return
        context = event.context
        view = self._view_of(session, context)
        try:
            with session.begin_nested():
                service.take_step(
                    session, context=context, view=view, case_id=stand.case.id, version=stand.case.version,
                    transition=transition, at=event.occurred_at,
                )  # fmt: skip
        except DomainError as error:
            audit.append(
                session, context=context, action="case.breach_step_refused", subject=("case", event.case_id),
                details={"transition": transition, "timer": event.timer, "code": error.code},
            )  # fmt: skip


def _named(stand: Standing, timer: str) -> str | None:
    """The step that the timer names, if one leads on from here."""
    wanted = next((each.on_breach for each in stand.definition.timers if each.key == timer), None)
    steps = steps_from(stand.definition, stand.case.state)
    return next((step.key for step in steps if step.key == wanted), None)
