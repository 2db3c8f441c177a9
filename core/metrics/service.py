"""Write readings: the latest ones, which everybody is shown, and those kept, so that a number can be explained next year."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.context import Context
from core.engagements.models import Lease
from core.identity.reach import refuse_narrowed
from core.metrics import queries
from core.metrics.models import LatestReading, MeterReading, UncountedChange
from core.metrics.queries import Reading, kpis
from core.plugin.catalog import CatalogView


def note_change(session: Session) -> bool:
    """Say that the latest readings no longer count everything. Whether this is the first change to say so."""
    earlier = session.scalar(select(UncountedChange.id).limit(1))
    session.add(UncountedChange())
    session.flush()
    return earlier is None


def recount(session: Session, *, view: CatalogView) -> None:
    """Count for the client and for each engagement that has leases; readings of the others go.

    Changes are taken away before the count begins, so that one which is not in the numbers stays told.
    """
    session.execute(delete(UncountedChange).execution_options(synchronize_session=False))
    _count_for(session, view=view, engagement_id=None, good_until=None)
    live = (Lease.ended_at.is_(None), Lease.expires_at > func.now())
    lent = session.execute(
        select(Lease.engagement_id, func.min(Lease.expires_at).label("until"))
        .where(*live)
        .group_by(Lease.engagement_id)
    ).all()
    for row in lent:
        _count_for(session, view=view, engagement_id=row.engagement_id, good_until=row.until)
    session.execute(
        delete(LatestReading)
        .where(
            LatestReading.engagement_id.is_not(None),
            LatestReading.engagement_id.not_in([row.engagement_id for row in lent]),
        )
        .execution_options(synchronize_session=False)
    )


def _count_for(session: Session, *, view: CatalogView, engagement_id: UUID | None, good_until: datetime | None) -> None:
    """Write the latest readings of one reader."""
    began = time.monotonic()
    readings = {each.key: each for each in queries.count(session, view=view, engagement_id=engagement_id)}
    took = round((time.monotonic() - began) * 1000)
    held = session.scalars(select(LatestReading).where(queries.of_reader(engagement_id)).with_for_update())
    rows = {row.kpi: row for row in held}
    for key in rows.keys() - readings.keys():
        session.delete(rows[key])
    for key, reading in readings.items():
        row = rows.get(key) or LatestReading(kpi=key, engagement_id=engagement_id)
        row.formula_version, row.inputs = reading.version, queries.inputs(kpis(view)[key])
        row.numerator, row.denominator = reading.numerator, reading.denominator
        row.cut_at, row.good_until, row.took_ms = reading.cut_at or datetime.now(UTC), good_until, took
        session.add(row)
    session.flush()


def store_readings(session: Session, *, context: Context, view: CatalogView) -> Sequence[Reading]:
    """Keep what is shown: numerator, denominator, formula version, data cut and conditions. What was kept.

    Raises Denied for who reaches a part: kept readings are the tenant's.
    """
    refuse_narrowed(session)
    declared = kpis(view)
    readings = [each for each in queries.board(session, context=context, view=view).readings if each.cut_at]
    for reading in readings:
        session.add(
            MeterReading(
                kpi=reading.key,
                formula_version=reading.version,
                numerator=reading.numerator,
                denominator=reading.denominator,
                cut_at=reading.cut_at,
                inputs=queries.inputs(declared[reading.key]),
            )
        )
    session.flush()
    return readings
