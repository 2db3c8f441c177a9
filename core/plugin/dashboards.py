"""What the first page of a vertical shows: numbers, work that waits, what there is in each state, and charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.plugin.types import Condition, Label, Tone


@dataclass(frozen=True, kw_only=True)
class Worklist:
    """Cases or records (`record:<type>`) that wait for somebody: those that meet `when`, the oldest first.

    A condition names what a KPI `on` the same may name: fields, `state`, `clock.<timer>`, of cases `workflow`.
    """

    key: str
    label: Label
    on: str
    when: Condition
    tone: Tone = "warn"
    icon: str = "clock"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A KPI drawn `by` month, or by a field that the KPI names in its own `by`."""

    kpi: str
    by: str = "month"


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """The page `/t/<workspace>/<vertical>/`. `kpis` stand on top, in this order; the others below, in theirs.

    `worklists` come after the deadlines of open cases, which are always there. `states` name record types whose records are
    counted by state; empty means all of them. Keys are bare.
    """

    kpis: Sequence[str]
    worklists: Sequence[Worklist] = ()
    states: Sequence[str] = ()
    charts: Sequence[Chart] = ()
