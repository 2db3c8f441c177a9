"""What a vertical's KPIs must not say, asked at boot: conditions that name or compare wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from core.conditions import ConditionError
from core.metrics.counted import counted
from core.plugin.catalog import Catalog, LoadedVertical


def kpi_problems(loaded: LoadedVertical) -> Iterator[str]:
    """Sentences for the boot's message."""
    view = Catalog([loaded]).everything
    for kpi in loaded.kpis:
        what = counted(view, kpi, owner=loaded.key)
        for part, condition in (("numerator", kpi.numerator), ("denominator", kpi.denominator)):
            try:
                what.check(condition)
            except ConditionError as error:
                yield f"KPI {kpi.key!r}, {part}: its condition cannot be used: {error}"
