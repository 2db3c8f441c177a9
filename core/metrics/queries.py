"""Read a KPI: two counts and nothing else. The same function serves screen, CSV and API, so they cannot differ.

A KPI's conditions are compiled to one statement with two FILTERs over the rows its reader may see. A ratio with a zero
denominator is "no data" (None), never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.conditions import compile_sql
from core.context import Context
from core.customers.fields import condition_fields
from core.customers.models import Customer
from core.engagements.queries import leased
from core.errors import NotFound
from core.metrics.models import MeterReading
from core.plugin.catalog import CatalogView
from core.plugin.types import Kpi, Label

SCALE = {"percent": Decimal(100), "per_million": Decimal(1_000_000), "ratio": Decimal(1)}
DIGITS = {"percent": Decimal("0.01"), "per_million": Decimal("0.1"), "ratio": Decimal("0.0001")}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A KPI with all that explains it. `value` is in `unit` (percent: 26.54), None where there is no data."""

    key: str
    label: Label
    unit: str
    direction: str
    numerator: int
    denominator: int
    version: int
    cut_at: datetime
    note: Label | None

    @property
    def value(self) -> Decimal | None:
        """Rounded half-even to the unit's digits."""
        if self.denominator == 0:
            return None
        ratio = Decimal(self.numerator) / Decimal(self.denominator) * SCALE[self.unit]
        return ratio.quantize(DIGITS[self.unit], rounding=ROUND_HALF_EVEN)


def kpis(view: CatalogView) -> dict[str, Kpi]:
    """The KPIs over customers that the enabled verticals declare. Those over cases come with their engine."""
    return {key: kpi for key, kpi in view.kpis.items() if kpi.on == "customer"}


def read_all(session: Session, *, context: Context, view: CatalogView) -> list[Reading]:
    """Every KPI, in one statement over the rows the reader may see."""
    declared = kpis(view)
    if not declared:
        return []
    types = condition_fields(view).types()
    columns = [
        func.count(Customer.id).filter(compile_sql(part, types=types, model=Customer))
        for kpi in declared.values()
        for part in (kpi.numerator, kpi.denominator)
    ]
    counts = session.execute(select(*columns).select_from(Customer).where(leased(Customer.id, context))).one()
    cut = datetime.now(UTC)
    return [
        _reading(key, kpi, counts[2 * place], counts[2 * place + 1], cut)
        for place, (key, kpi) in enumerate(declared.items())
    ]


def read(session: Session, *, context: Context, view: CatalogView, key: str) -> Reading:
    """One KPI. Raises NotFound where no enabled vertical declares it."""
    kpi = _declared(view, key)
    types = condition_fields(view).types()
    counts = session.execute(
        select(
            func.count(Customer.id).filter(compile_sql(kpi.numerator, types=types, model=Customer)),
            func.count(Customer.id).filter(compile_sql(kpi.denominator, types=types, model=Customer)),
        )
        .select_from(Customer)
        .where(leased(Customer.id, context))
    ).one()
    return _reading(key, kpi, counts[0], counts[1], datetime.now(UTC))


def _reading(key: str, kpi: Kpi, numerator: int, denominator: int, cut: datetime) -> Reading:
    return Reading(
        key=key,
        label=kpi.label,
        unit=kpi.unit,
        direction=kpi.direction,
        numerator=numerator,
        denominator=denominator,
        version=kpi.version,
        cut_at=cut,
        note=kpi.note,
    )


def rows_behind(
    session: Session, *, context: Context, view: CatalogView, key: str, part: str, after: int, limit: int = 50
) -> Sequence[Any]:
    """The customers counted in the numerator or the denominator, by number, from the one after `after`."""
    kpi = _declared(view, key)
    condition = {"numerator": kpi.numerator, "denominator": kpi.denominator}.get(part)
    if condition is None:
        raise NotFound
    types = condition_fields(view).types()
    return session.execute(
        select(Customer.id, Customer.number, Customer.name, Customer.state)
        .where(
            leased(Customer.id, context), compile_sql(condition, types=types, model=Customer), Customer.number > after
        )
        .order_by(Customer.number)
        .limit(limit + 1)
    ).all()


def history(session: Session, *, key: str, limit: int = 24) -> Sequence[Any]:
    """Stored readings, newest first."""
    return session.execute(
        select(
            MeterReading.id,
            MeterReading.numerator,
            MeterReading.denominator,
            MeterReading.formula_version,
            MeterReading.cut_at,
        )
        .where(MeterReading.kpi == key)
        .order_by(MeterReading.cut_at.desc())
        .limit(limit)
    ).all()


def _declared(view: CatalogView, key: str) -> Kpi:
    found = kpis(view).get(key)
    if found is None:
        raise NotFound
    return found
