"""Change a tenant's calendar, and have the running clocks that rest on it computed anew, in one transaction."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from core.calendars import service as calendars
from core.calendars.models import CalendarDay
from core.clocks import why
from core.clocks.jobs import recompute_running
from core.clocks.why import Reason
from core.context import Context


def set_day(session: Session, *, context: Context, country: str, day: date, kind: str, name: str) -> CalendarDay:
    """A working day or day off of the tenant's own. Raises Invalid."""
    row = calendars.set_day(session, context=context, country=country, day=day, kind=kind, name=name)
    _recompute(session, context, row)
    return row


def remove_day(session: Session, *, context: Context, day_id: UUID) -> CalendarDay:
    """Let the public calendar hold again. Raises NotFound."""
    row = calendars.remove_day(session, context=context, day_id=day_id)
    _recompute(session, context, row)
    return row


def _recompute(session: Session, context: Context, row: CalendarDay) -> None:
    values = {"day": {"date": row.day.isoformat()}, "name": row.name}
    recompute_running(session, context=context, reason=Reason(why.OWN_DAY, values), country=row.calendar)
