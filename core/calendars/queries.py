"""Read a tenant's own days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.calendars.models import CalendarDay
from core.calendars.working import Calendar, OwnDay


def calendar_of(session: Session, country: str) -> Calendar:
    """The working days of a country, as the tenant keeps them. One statement."""
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.kind, CalendarDay.name).where(CalendarDay.calendar == country)
    )
    return Calendar(country=country, own={row.day: OwnDay(row.kind == "work", row.name) for row in rows})


def own_days(session: Session, *, country: str, year: int) -> Sequence[Any]:
    """The tenant's own days of a year, in order."""
    return session.execute(
        select(CalendarDay.id, CalendarDay.day, CalendarDay.kind, CalendarDay.name, CalendarDay.version)
        .where(CalendarDay.calendar == country)
        .order_by(CalendarDay.day)
        .where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
    ).all()


def own_day(session: Session, *, day_id: UUID) -> Any | None:
    return session.execute(
        select(CalendarDay.calendar, CalendarDay.day, CalendarDay.kind, CalendarDay.name).where(
            CalendarDay.id == day_id
        )
    ).one_or_none()
