"""What a vertical's KPIs must not say, asked at boot: conditions that name or compare wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from core.metrics.counted import counted
from core.plugin.catalog import Catalog, LoadedVertical


def kpi_problems(loaded: LoadedVertical) -> Iterator[str]:
    """Sentences for the boot's message."""
    view = Catalog([loaded]).everything
    for kpi in loaded.kpis:
        for part, error in counted(view, kpi, owner=loaded.key).check(kpi):
            yield f"KPI {kpi.key!r}, {part}: it cannot be used: {error}"
