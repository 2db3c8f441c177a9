"""A KPI told apart: by the values of a field, and by the months in which its rows began. Counted while somebody waits.

The parts are those of the KPI itself, over the same rows, so that the groups of a field add up to it. Months are the
workspace's; a row without a beginning is in none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, DateTime, Text, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from core.context import Context
from core.errors import NotFound
from core.metrics.counted import BEGINS, Counted, counted
from core.metrics.queries import engagement_of, kpis, refuse_too_many, value_of
from core.plugin.catalog import CatalogView
from core.plugin.types import Kpi

MOST = 20
"""Groups that are told, the largest first; what is left is one more."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A KPI over some of its rows."""

    kpi: Kpi
    numerator: int
    denominator: int

    @property
    def unit(self) -> str:
        return self.kpi.unit

    @property
    def currency(self) -> str | None:
        return self.kpi.currency

    @property
    def value(self) -> Decimal | None:
        return value_of(self.numerator, self.denominator, unit=self.unit)


@dataclass(frozen=True, kw_only=True)
class Group(Share):
    """`key` is the value that the rows share; None: they have none. `rest`: all that have no group of their own."""

    key: str | None
    rest: bool = False


@dataclass(frozen=True, kw_only=True)
class Month(Share):
    """The rows that began in one month of the workspace's time; `begins` is its first day."""

    begins: date


def by_field(session: Session, *, context: Context, view: CatalogView, key: str, name: str) -> Sequence[Group]:
    """The KPI for each value of a field it names in `by`, the largest denominator first.

    Raises NotFound for another KPI or field, Denied where too many rows would be counted for one reader.
    """
    kpi, what = _of(session, context=context, view=view, key=key)
    if name not in kpi.by:
        raise NotFound
    value = cast(what.value(name), Text)
    parts = [what.measure(part, kpi=kpi) for part in (kpi.numerator, kpi.denominator)]
    rows = session.execute(
        select(value.label("key"), *parts)
        .select_from(what.model)
        .where(
            what.among(engagement_of(context)),
            or_(what.selects(kpi.denominator, kpi=kpi), what.selects(kpi.numerator, kpi=kpi)),
        )
        .group_by(value)
    ).all()
    groups = sorted(rows, key=lambda row: (-row[2], row.key or ""))
    told = [Group(kpi=kpi, key=row.key, numerator=row[1], denominator=row[2]) for row in groups[:MOST]]
    left = groups[MOST:]
    if left:
        numerator, denominator = sum(row[1] for row in left), sum(row[2] for row in left)
        told.append(Group(kpi=kpi, key=None, rest=True, numerator=numerator, denominator=denominator))
    return told


def by_month(
    session: Session, *, context: Context, view: CatalogView, key: str, today: date, count: int = 12
) -> Sequence[Month]:
    """The KPI for each of the last `count` months, this one included. Of customers there are none: empty.

    Raises NotFound for another KPI, Denied where too many rows would be counted for one reader.
    """
    kpi, what = _of(session, context=context, view=view, key=key)
    begins: Any = BEGINS.get(kpi.on.partition(":")[0])
    if begins is None:
        return []
    moment = getattr(what.model, begins)
    firsts = months_until(today, count=count)
    bounds = [datetime.combine(first, time(), ZoneInfo(context.zone)) for first in firsts]
    place = func.width_bucket(moment, bindparam("bounds", bounds, ARRAY(DateTime(timezone=True))))
    parts = [what.measure(part, kpi=kpi) for part in (kpi.numerator, kpi.denominator)]
    rows = session.execute(
        select(place.label("place"), *parts)
        .select_from(what.model)
        .where(what.among(engagement_of(context)), moment >= bounds[0])
        .group_by(place)
    )
    found = {row.place: (row[1], row[2]) for row in rows}
    parts_of = [found.get(nth, (0, 0)) for nth in range(1, count + 1)]
    return [
        Month(kpi=kpi, begins=first, numerator=numerator, denominator=denominator)
        for first, (numerator, denominator) in zip(firsts, parts_of, strict=True)
    ]


def months_until(today: date, *, count: int) -> list[date]:
    """The first days of the last `count` months, the oldest first, ending with this one's."""
    month = today.year * 12 + today.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(month - count + 1, month + 1)]


def _of(session: Session, *, context: Context, view: CatalogView, key: str) -> tuple[Kpi, Counted]:
    kpi = kpis(view).get(key)
    if kpi is None:
        raise NotFound
    if context.reach is not None:
        refuse_too_many(session, context=context, declared=[kpi])
    return kpi, counted(view, kpi, owner=key.partition(".")[0])
