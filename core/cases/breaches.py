"""What a clock of a case sets off: its people are told, and the system takes the step that the timer names.

Handlers of the events of `core.clocks`, in the transaction that notes them (wired in `app.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from core.audit import service as audit
from core.cases import service, standing
from core.cases.definitions import steps_from
from core.cases.standing import Standing
from core.clocks.events import ClockBreached, ClockEvent
from core.context import Context
from core.errors import N_, DomainError
from core.notify import service as notify
from core.plugin import Label
from core.plugin.catalog import CatalogView

ViewOf = Callable[[Session, Context], CatalogView]


MESSAGES = {
    "clock.warned": N_("Case %(number)s, %(name)s: %(percent)s%% of the time is used, due %(due)s"),
    "clock.breached": N_("Case %(number)s, %(name)s: the deadline passed at %(due)s"),
    "clock.escalated": N_("Case %(number)s, %(name)s is escalated to you, it was due %(due)s"),
}


def tell_people(session: Session, event: ClockEvent) -> None:
    """Tell who has the case and the roles that the timer names, each person once."""
    if event.case_id is None or event.stopped:
        return
    stand = standing.locked(session, context=event.context, case_id=event.case_id)
    case = stand.case
    who = [case.assignee_id] if event.to_assignee and case.assignee_id is not None else []
    told: list[tuple[list[UUID], str | None]] = [([], role) for role in event.roles]
    for participants, role in [(who, None), *told] if who else told:
        notify.tell(
            session,
            context=event.context,
            kind=event.name,
            message=MESSAGES[event.name],
            values={
                "number": case.number,
                "name": _label(stand, event.timer),
                "percent": event.percent,
                "due": {"datetime": event.due_at.isoformat()},
            },
            subject=("case", case.id),
            cause=f"{event.name}:{event.subject}:{event.percent}:{event.told_for.isoformat()}",
            participants=participants,
            role=role,
            engagement_id=case.engagement_id,
        )


def _label(stand: Standing, timer: str) -> Label:
    found = next((each.label for each in stand.definition.timers if each.key == timer), None)
    return dict(found) if found is not None else {"zh-CN": timer, "en": timer}


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
