"""Read KPIs. `board` is the one function that screen, CSV and API show, so they cannot differ.

1. The latest readings stand as long as nothing has changed since their count, by formula, by data or by an expired lease.
2. Where they do not and there is little to count, it is counted at once. 3. Else the latest reading of the same formula is
shown with its data cut while a job counts again; with no such reading the KPI is not counted yet.

The KPIs of one kind of row are counted in one statement, with two FILTERs each, over the rows its reader may see
(`counted.py`). A ratio with a zero denominator is "no data" (None), never 0. Told apart by a field or by months, a KPI is
counted at once by the same parts, so its groups add up to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core.cases.models import Case
from core.context import Context
from core.customers.models import Customer
from core.engagements.models import Lease
from core.errors import N_, Denied, NotFound
from core.interactions.models import Interaction
from core.metrics.counted import counted
from core.metrics.models import LatestReading, MeterReading, UncountedChange
from core.plugin.catalog import CatalogView
from core.plugin.types import Kpi, Label
from core.records.models import Record

SCALE: Mapping[str, Decimal] = {
    "percent": Decimal(100), "per_million": Decimal(1_000_000), "hours": 1 / Decimal(3600), "days": 1 / Decimal(86_400),
}  # fmt: skip
"""What numerator / denominator is multiplied by; other units take it as it is."""

DIGITS: Mapping[str, Decimal] = {
    "percent": Decimal("0.01"), "per_million": Decimal("0.1"), "ratio": Decimal("0.0001"), "number": Decimal("0.01"),
    "seconds": Decimal("0.1"), "hours": Decimal("0.01"), "days": Decimal("0.01"), "money": Decimal(1),
}  # fmt: skip

FEW = 10_000
"""So many customers, cases and records are counted while somebody waits: about 30 ms."""

MANY = 50_000
"""So many of each are counted for a person who reaches some rows only, and whom no stored reading serves."""

PATIENCE = timedelta(seconds=5)
"""A change that has waited longer has no job, or no worker: a reader asks again."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A KPI with all that explains it. `value` is in `unit` (percent: 26.54; money: minor units), None where there is no data.

    All that was committed before `cut_at` is counted; without it nothing is yet.
    """

    key: str
    label: Label
    unit: str
    currency: str | None
    direction: str
    numerator: int
    denominator: int
    version: int
    cut_at: datetime | None
    note: Label | None

    @property
    def value(self) -> Decimal | None:
        """Rounded half-even to the unit's digits."""
        return value_of(self.numerator, self.denominator, unit=self.unit)


def value_of(numerator: int, denominator: int, *, unit: str) -> Decimal | None:
    """The ratio in its unit, rounded half-even to the unit's digits; None where there is nothing to divide by."""
    if denominator == 0:
        return None
    ratio = Decimal(numerator) / Decimal(denominator) * SCALE.get(unit, Decimal(1))
    return ratio.quantize(DIGITS[unit], rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, kw_only=True)
class Board:
    """What a reader sees. `counting`: newer numbers are on their way. `wanting`: they still have to be asked for.

    `narrow`: of the rows that a person reaches who does not reach all, counted for them alone.
    """

    readings: Sequence[Reading] = ()
    counting: bool = False
    wanting: bool = False
    narrow: bool = False

    def reading(self, key: str) -> Reading:
        """Raises NotFound where no enabled vertical declares it."""
        found = next((each for each in self.readings if each.key == key), None)
        if found is None:
            raise NotFound
        return found


def kpis(view: CatalogView) -> Mapping[str, Kpi]:
    """The KPIs that the enabled verticals declare."""
    return view.kpis


def inputs(kpi: Kpi) -> dict[str, Any]:
    """The formula as a reading keeps it: what JSON makes of it, so that it can be compared."""
    formula = {"numerator": kpi.numerator, "denominator": kpi.denominator}
    kept: dict[str, Any] = orjson.loads(orjson.dumps(formula | ({"currency": kpi.currency} if kpi.currency else {})))
    return kept


def board(session: Session, *, context: Context, view: CatalogView) -> Board:
    """Every KPI as its reader sees it now. One statement where the latest readings stand."""
    declared = kpis(view)
    if not declared:
        return Board()
    if context.reach is not None:
        return _within_reach(session, context=context, view=view)
    now = datetime.now(UTC)
    latest = _latest(session, context)
    waiting = next((row.waiting for row in latest.values()), None)
    known = {key: row for key, row in latest.items() if key in declared and _of_formula(row, declared[key])}
    if waiting is None and known.keys() == declared.keys() and all(_good(row, now) for row in known.values()):
        return Board(readings=[_stored(key, kpi, known[key]) for key, kpi in declared.items()])
    late = waiting is not None and waiting < now - PATIENCE
    if few(session, context, declared=declared.values()):
        readings = count(session, view=view, engagement_id=engagement_of(context))
        return Board(readings=readings, wanting=late)
    readings = [_stored(key, kpi, known.get(key)) for key, kpi in declared.items()]
    return Board(readings=readings, counting=True, wanting=late or waiting is None)


def _within_reach(session: Session, *, context: Context, view: CatalogView) -> Board:
    """What was counted for everybody would tell of rows beyond their reach: theirs are counted now. Raises Denied for too many."""
    refuse_too_many(session, context=context, declared=kpis(view).values())
    return Board(readings=count(session, view=view, engagement_id=engagement_of(context)), narrow=True)


def refuse_too_many(session: Session, *, context: Context, declared: Iterable[Kpi]) -> None:
    """Raises Denied where a person who reaches a part would wait too long for these KPIs."""
    if not few(session, context, declared=declared, most=MANY):
        raise Denied(
            N_(
                "You reach more than %(most)s customers, cases or records, but not all: too many to count while you wait."
            ),
            most=MANY,
        )


def _latest(session: Session, context: Context) -> Mapping[str, Any]:
    """The reader's latest readings by KPI, each with the time of the first change that they do not count."""
    waiting = select(UncountedChange.created_at).order_by(UncountedChange.id).limit(1).scalar_subquery()
    rows = session.execute(
        select(
            LatestReading.kpi, LatestReading.formula_version, LatestReading.inputs, LatestReading.numerator,
            LatestReading.denominator, LatestReading.cut_at, LatestReading.good_until, waiting.label("waiting"),
        ).where(of_reader(engagement_of(context)))
    )  # fmt: skip
    return {row.kpi: row for row in rows}


def engagement_of(context: Context) -> UUID | None:
    """Whose numbers a reader sees: those of an engagement, or the client's own."""
    return context.engagement_id if context.party == "provider" else None


def of_reader(engagement_id: UUID | None) -> ColumnElement[bool]:
    """Readings of one engagement, or of the client itself."""
    held = LatestReading.engagement_id
    return held.is_(None) if engagement_id is None else held == engagement_id


def _of_formula(row: Any, kpi: Kpi) -> bool:
    return bool(row.formula_version == kpi.version and row.inputs == inputs(kpi))


def _good(row: Any, now: datetime) -> bool:
    return row.good_until is None or row.good_until > now


def few(session: Session, context: Context, *, declared: Iterable[Kpi], most: int | None = None) -> bool:
    """Whether there is so little to count that a reader need not wait for a job: `FEW` rows of a kind if not said."""
    most = FEW if most is None else most
    rows = [select(_MODELS[kind].id) for kind in sorted({kpi.on.partition(":")[0] for kpi in declared})]
    if context.party == "provider":
        held = (Lease.engagement_id == context.engagement_id, Lease.ended_at.is_(None), Lease.expires_at > func.now())
        rows = [select(Lease.id).where(*held)]
    counts = (select(func.count()).select_from(each.limit(most + 1).subquery()).scalar_subquery() for each in rows)
    return all(number <= most for number in session.execute(select(*counts)).one())


_MODELS: Mapping[str, Any] = {"customer": Customer, "case": Case, "interaction": Interaction, "record": Record}


def count(session: Session, *, view: CatalogView, engagement_id: UUID | None) -> list[Reading]:
    """Every KPI, counted now for the client itself or for an engagement."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, kpi in kpis(view).items():
        groups["" if kpi.on == "customer" else key.partition(".")[0], kpi.on].append(key)
    found: dict[str, Reading] = {}
    for keys in groups.values():
        found |= _count_together(session, view=view, keys=keys, engagement_id=engagement_id)
    return [found[key] for key in kpis(view)]


def _count_together(
    session: Session, *, view: CatalogView, keys: Sequence[str], engagement_id: UUID | None
) -> dict[str, Reading]:
    """KPIs over the same rows, in one statement."""
    declared = {key: kpis(view)[key] for key in keys}
    what = counted(view, declared[keys[0]], owner=keys[0].partition(".")[0])
    columns = [what.measure(part, kpi=kpi) for kpi in declared.values() for part in (kpi.numerator, kpi.denominator)]
    cut = datetime.now(UTC)
    counts = session.execute(select(*columns).select_from(what.model).where(what.among(engagement_id))).one()
    return {
        key: _reading(key, kpi, numerator=counts[2 * place], denominator=counts[2 * place + 1], cut_at=cut)
        for place, (key, kpi) in enumerate(declared.items())
    }


def _stored(key: str, kpi: Kpi, row: Any | None) -> Reading:
    if row is None:
        return _reading(key, kpi, numerator=0, denominator=0, cut_at=None)
    return _reading(key, kpi, numerator=row.numerator, denominator=row.denominator, cut_at=row.cut_at)


def _reading(key: str, kpi: Kpi, *, numerator: int, denominator: int, cut_at: datetime | None) -> Reading:
    return Reading(
        key=key,
        label=kpi.label,
        unit=kpi.unit,
        currency=kpi.currency,
        direction=kpi.direction,
        numerator=numerator,
        denominator=denominator,
        version=kpi.version,
        cut_at=cut_at,
        note=kpi.note,
    )


def rows_behind(
    session: Session, *, context: Context, view: CatalogView, key: str, part: str, after: int, limit: int = 50
) -> Sequence[Any]:
    """The rows counted in the numerator or the denominator, by number, from the one after `after`.

    `id`, `number`, and the `name` of the customer: of a case its customer, of a record its holder, or None.
    """
    kpi = kpis(view).get(key)
    counts = {"numerator": kpi.numerator, "denominator": kpi.denominator}.get(part) if kpi is not None else None
    if kpi is None or counts is None:
        raise NotFound
    what = counted(view, kpi, owner=key.partition(".")[0])
    rows = select(what.model.id, what.model.number, Customer.name)
    if what.model is not Customer:
        rows = rows.outerjoin(Customer, Customer.id == what.customer_id)
    rows = rows.where(what.among(engagement_of(context)), what.selects(counts, kpi=kpi), what.model.number > after)
    return session.execute(rows.order_by(what.model.number).limit(limit + 1)).all()


def history(session: Session, *, context: Context, key: str, limit: int = 24) -> Sequence[Any]:
    """Stored readings, newest first. They are of the whole tenant, so nobody is shown them who reaches a part."""
    if context.reach is not None or context.party == "provider":
        return []
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
