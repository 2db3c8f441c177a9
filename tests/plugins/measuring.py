"""A KPI told of rows in memory: the same conditions the pages compile to SQL, asked of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.conditions.predicate import compile_predicate
from core.metrics.counted import counted, rows_of
from core.plugin import Total
from core.plugin.catalog import CatalogView


def measure(view: CatalogView, key: str, *rows: Mapping[str, Any]) -> tuple[int, int]:
    """Numerator and denominator; names are those of the KPI's conditions, values as stored."""
    kpi = view.kpis[key]
    of = counted(view, kpi, owner=key.partition(".")[0])
    assert list(of.check(kpi)) == []
    found = []
    for part in (kpi.numerator, kpi.denominator):
        meets = compile_predicate(rows_of(part, kpi=kpi), types=of.types)
        found.append(_sum(part, [row for row in rows if meets(row)]))
    return found[0], found[1]


def _sum(part: Any, rows: Sequence[Mapping[str, Any]]) -> int:
    if not isinstance(part, Total):
        return len(rows)
    if part.since is None:
        return sum(int(row[part.of]) for row in rows)
    spans = [datetime.fromisoformat(row[part.of]) - datetime.fromisoformat(row[part.since]) for row in rows]
    return int(sum(each.total_seconds() for each in spans))
