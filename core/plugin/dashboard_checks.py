"""Does a dashboard name what its vertical declares. What its conditions say is asked of the core's own compiler."""

from __future__ import annotations

from collections.abc import Iterator

from core.plugin.catalog import LoadedVertical
from core.plugin.dashboards import Dashboard
from core.plugin.problems import Problem, one_of, repeated

MOST = 8
"""Numbers on top: more are no summary."""


def dashboard_problems(loaded: LoadedVertical) -> Iterator[Problem]:
    if len(loaded.dashboards) > 1:
        yield "panels", f"{len(loaded.dashboards)} dashboards are declared", "declare one"
    for board in loaded.dashboards:
        for found in (_sense(loaded, board), _numbers(loaded, board)):
            yield from (("panels: dashboard", problem, fix) for problem, fix in found)


def _sense(loaded: LoadedVertical, board: Dashboard) -> Iterator[tuple[str, str]]:
    types = {f"record:{each.key}": each for each in loaded.record_types}
    if not 1 <= len(board.kpis) <= MOST:
        yield f"{len(board.kpis)} KPIs stand on top", f"name 1 to {MOST}; the others follow by themselves"
    for twice in [*repeated(board.kpis), *repeated(each.key for each in board.worklists), *repeated(board.charts)]:
        yield f"{twice!r} is there twice", "name it once"
    for key in board.states:
        if f"record:{key}" not in types or not types[f"record:{key}"].states:
            yield f"{key!r} is no record type with states", one_of(each.key for each in types.values() if each.states)
    for each in board.worklists:
        if each.on != "case" and each.on not in types:
            yield f"work list {each.key!r} is of {each.on!r}, which does not exist", one_of(["case", *types])


def _numbers(loaded: LoadedVertical, board: Dashboard) -> Iterator[tuple[str, str]]:
    kpis = {kpi.key: kpi for kpi in loaded.kpis}
    for key in [*board.kpis, *(chart.kpi for chart in board.charts)]:
        if key not in kpis:
            yield f"{key!r} is no KPI here", one_of(kpis)
    for chart in board.charts:
        kpi = kpis.get(chart.kpi)
        if kpi is not None and chart.by != "month" and chart.by not in kpi.by:
            yield f"{chart.kpi!r} is not told apart by {chart.by!r}", "use `month`, or name it in the KPI's `by`"
        if kpi is not None and chart.by == "month" and kpi.on == "customer":
            yield f"{chart.kpi!r} is of customers, who have no month", "draw it by a field"
