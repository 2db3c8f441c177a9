"""Numbers of the dashboard, each one bounded statement over what the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, DateTime, bindparam, func, select, text
from sqlalchemy.orm import Session

from core.cases.models import Case
from core.context import Context
from core.customers.models import Customer
from core.engagements.queries import leased
from core.gate.models import GateDecision
from core.interactions.models import Interaction

REACHED = ("connected_right_party", "connected_third_party")


@dataclass(frozen=True, kw_only=True)
class Day:
    """Interactions of one day in the workspace's zone; `reached` somebody answered."""

    day: date
    made: int
    reached: int


def days(session: Session, *, context: Context, today: date, count: int = 7) -> list[Day]:
    """The last `count` days, today included, with zeros where nothing happened.

    Rows are sorted into the days' bounds: to ask each row for its local date takes longer than to read it.
    """
    zone = ZoneInfo(context.zone)
    span = [today + timedelta(days=offset) for offset in range(1 - count, 1)]
    bounds = [datetime.combine(day, time(), zone) for day in span]
    place = func.width_bucket(Interaction.started_at, bindparam("bounds", bounds, ARRAY(DateTime(timezone=True))))
    rows = session.execute(
        select(
            place.label("place"),
            func.count().label("made"),
            func.count().filter(Interaction.disposition.in_(REACHED)).label("reached"),
        )
        .select_from(Interaction)
        .where(Interaction.started_at >= bounds[0], leased(Interaction.customer_id, context))
        .group_by(text("place"))
    )
    found = {row.place: row for row in rows}
    return [
        Day(day=day, made=found[place].made, reached=found[place].reached)
        if place in found
        else Day(day=day, made=0, reached=0)
        for place, day in enumerate(span, start=1)
    ]


def verdicts(session: Session, *, context: Context, since: datetime) -> dict[str, int]:
    """Gate decisions by verdict since a moment."""
    rows = session.execute(
        select(GateDecision.verdict, func.count().label("decisions"))
        .select_from(GateDecision)
        .where(GateDecision.decided_at >= since, leased(GateDecision.customer_id, context))
        .group_by(GateDecision.verdict)
    )
    return {row.verdict: row.decisions for row in rows}


def open_cases(session: Session, *, context: Context, limit: int = 8) -> Sequence[Any]:
    """Open cases, the soonest due first, with their customers' names, which are looked up for these alone."""
    due = (Case.due_at.asc().nulls_last(), Case.opened_at)
    first = (
        select(Case.id)
        .where(Case.closed_at.is_(None), leased(Case.customer_id, context))
        .order_by(*due)
        .limit(limit)
        .subquery()
    )
    return session.execute(
        select(
            Case.id, Case.number, Case.title, Case.workflow, Case.state, Case.due_at, Case.opened_at, Case.closed_at,
            Customer.name.label("customer_name"),
        )
        .join(Customer, (Customer.tenant_id == Case.tenant_id) & (Customer.id == Case.customer_id))
        .where(Case.id.in_(select(first.c.id)))
        .order_by(*due)
    ).all()  # fmt: skip
