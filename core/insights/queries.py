"""Numbers of the dashboard, each one bounded statement over what the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from core.cases.models import Case
from core.context import Context
from core.customers.models import Customer
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
    """The last `count` days, today included, with zeros where nothing happened."""
    zone = ZoneInfo(context.zone)
    first = today - timedelta(days=count - 1)
    begin = datetime.combine(first, time(), zone)
    local_day = cast(func.timezone(context.zone, Interaction.started_at), Date)
    rows = session.execute(
        select(
            local_day.label("day"),
            func.count(Interaction.id).label("made"),
            func.count(Interaction.id).filter(Interaction.disposition.in_(REACHED)).label("reached"),
        )
        .select_from(Interaction)
        .where(Interaction.started_at >= begin)
        .group_by(local_day)
    )
    found = {row.day: Day(day=row.day, made=row.made, reached=row.reached) for row in rows}
    span = [first + timedelta(days=offset) for offset in range(count)]
    return [found.get(day, Day(day=day, made=0, reached=0)) for day in span]


def verdicts(session: Session, *, since: datetime) -> dict[str, int]:
    """Gate decisions by verdict since a moment."""
    rows = session.execute(
        select(GateDecision.verdict, func.count(GateDecision.id).label("decisions"))
        .select_from(GateDecision)
        .where(GateDecision.decided_at >= since)
        .group_by(GateDecision.verdict)
    )
    return {row.verdict: row.decisions for row in rows}


def open_cases(session: Session, *, limit: int = 8) -> Sequence[Any]:
    """Open cases, the soonest due first, with their customers' names."""
    return session.execute(
        select(
            Case.id, Case.number, Case.title, Case.workflow, Case.state, Case.due_at, Case.opened_at, Case.closed_at,
            Customer.name.label("customer_name"),
        )
        .join(Customer, (Customer.tenant_id == Case.tenant_id) & (Customer.id == Case.customer_id))
        .where(Case.closed_at.is_(None))
        .order_by(Case.due_at.asc().nulls_last(), Case.opened_at)
        .limit(limit)
    ).all()  # fmt: skip
