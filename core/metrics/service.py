"""Store readings, so that a number shown today can be explained next year."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.context import Context
from core.metrics.models import MeterReading
from core.metrics.queries import Reading, kpis, read_all
from core.plugin.catalog import CatalogView


def store_readings(session: Session, *, context: Context, view: CatalogView) -> list[Reading]:
    """Measure every KPI of the tenant and keep numerator, denominator, formula version, data cut and conditions."""
    declared = kpis(view)
    readings = read_all(session, context=context, view=view)
    for reading in readings:
        kpi = declared[reading.key]
        session.add(
            MeterReading(
                kpi=reading.key,
                formula_version=reading.version,
                numerator=reading.numerator,
                denominator=reading.denominator,
                cut_at=reading.cut_at,
                inputs={"numerator": kpi.numerator, "denominator": kpi.denominator},
            )
        )
    session.flush()
    return readings
