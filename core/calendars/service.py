"""Keep a tenant's own working days and days off. Whoever changes one has running clocks computed anew (`core.clocks`)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.calendars.models import CalendarDay
from core.context import Context
from core.errors import N_, FieldError, Invalid, NotFound

NAME_LIMIT = 80
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
KINDS = ("work", "off")


def checked(*, country: str, day: date | None, kind: str, name: str) -> str:
    """The name, tidied. Raises Invalid with every field that is wrong."""
    tidy = " ".join(name.split())
    errors = []
    if day is None or not FIRST <= day <= LAST:
        errors.append(FieldError(field="day", code="range", message=N_("Give a day between 2000 and 2099.")))
    if kind not in KINDS:
        errors.append(FieldError(field="kind", code="choice", message=N_("Say whether the day is worked or off.")))
    if not tidy:
        errors.append(FieldError(field="name", code="required", message=N_("This must be filled in.")))
    if len(tidy) > NAME_LIMIT:
        limit = {"limit": NAME_LIMIT}
        errors.append(FieldError(field="name", code="long", message=N_("At most %(limit)s characters."), params=limit))
    if len(country) != 2 or not country.isupper():
        errors.append(FieldError(field="country", code="choice", message=N_("There is no such country.")))
    if errors:
        raise Invalid(errors=errors)
    return tidy


def set_day(session: Session, *, context: Context, country: str, day: date, kind: str, name: str) -> CalendarDay:
    """Say of one day that it is worked, or off; said again, the newer word holds. Raises Invalid."""
    tidy = checked(country=country, day=day, kind=kind, name=name)
    row = session.scalar(select(CalendarDay).where(CalendarDay.calendar == country, CalendarDay.day == day))
    if row is None:
        row = CalendarDay(calendar=country, day=day, kind=kind, name=tidy)
        session.add(row)
    else:
        row.kind, row.name = kind, tidy
    session.flush()
    _note(session, context, "calendar.day_set", row)
    return row


def remove_day(session: Session, *, context: Context, day_id: UUID) -> CalendarDay:
    """Let the public calendar hold again. The row that was. Raises NotFound."""
    row = session.scalar(select(CalendarDay).where(CalendarDay.id == day_id))
    if row is None:
        raise NotFound
    session.delete(row)
    session.flush()
    _note(session, context, "calendar.day_removed", row)
    return row


def _note(session: Session, context: Context, action: str, row: CalendarDay) -> None:
    details = {"calendar": row.calendar, "day": row.day.isoformat(), "kind": row.kind}
    audit.append(session, context=context, action=action, subject=("calendar_day", row.id), details=details)
