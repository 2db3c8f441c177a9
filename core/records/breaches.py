"""What a clock of a record sets off besides notices: watching rules look at it, and on a breach it comes into the state named."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.clocks.events import ClockBreached, ClockEscalated, ClockEvent, ClockWarned
from core.context import Context
from core.errors import DomainError
from core.events import bus
from core.plugin.catalog import CatalogView
from core.records import service, standing
from core.records.models import Record

ViewOf = Callable[[Session, Context], CatalogView]


def wire(view_of: ViewOf) -> None:
    """Called once by `app.py`. `view_of` gives the tenant's view of the catalog."""
    told = Told(view_of)
    for event in (ClockWarned, ClockBreached, ClockEscalated):
        bus.subscribe(event, told)


class Told:
    """Hears what the clocks of records say."""

    def __init__(self, view_of: ViewOf) -> None:
        self._view_of = view_of

    def __call__(self, session: Session, event: ClockEvent) -> None:
        if event.record_id is None or event.stopped:
            return
        record = session.scalar(select(Record).where(Record.id == event.record_id))
        view = self._view_of(session, event.context)
        kind = view.record_types.get(record.type) if record is not None else None
        if record is None or kind is None:
            return
        state = next((timer.on_breach for timer in kind.timers if timer.key == event.timer), None)
        if isinstance(event, ClockBreached) and state in service.may_follow(kind, record.state):
            self._move(session, event, view, record, state)
        else:
            standing.look(session, context=event.context, view=view, record=record)

    def _move(self, session: Session, event: ClockEvent, view: CatalogView, record: Record, state: str | None) -> None:
        """A state that is refused is not entered, and the trail says why."""
        try:
            with session.begin_nested():
                service.update_record(
                    session, context=event.context, view=view, record_id=record.id, version=record.version,
                    state=state, at=event.occurred_at,
                )  # fmt: skip
        except DomainError as error:
            audit.append(
                session, context=event.context, action="record.breach_move_refused", subject=("record", record.id),
                details={"state": state, "timer": event.timer, "code": error.code},
            )  # fmt: skip
