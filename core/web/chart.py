"""Bars drawn on the server: positions for the `ui.chart_card` macro, which shows the same numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from typing import Any

LEFT, BOTTOM, TOP = 46, 28, 12
BAR, GAP = 16, 2
STEPS = (1, 2, 2.5, 3, 5, 10)
TICKS = 5


@dataclass(frozen=True, kw_only=True)
class Tick:
    y: float
    value: int | float


@dataclass(frozen=True, kw_only=True)
class Bar:
    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Place:
    x: float
    text: Any


@dataclass(frozen=True, kw_only=True)
class Chart:
    title: str
    summary: str
    names: tuple[Any, ...]
    labels: tuple[Place, ...]
    rows: tuple[tuple[Any, tuple[Any, ...]], ...]
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    width: int
    height: int
    left: int = LEFT


def draw_bars(
    labels: Sequence[Any],
    *,
    series: Sequence[tuple[Any, Sequence[int | float | Decimal | None]]],
    title: str,
    summary: str,
    width: int = 720,
    height: int = 200,
) -> Chart:
    """Bars of at most four `series` (name, one value per label; None is no bar). `summary` says what one sees."""
    if not 1 <= len(series) <= 4:
        raise ValueError("a bar chart shows one to four series")
    highest = max((float(value) for _, values in series for value in values if value is not None), default=0.0)
    step = _step(highest)
    top = step * max(1, ceil(highest / step))
    room = height - TOP - BOTTOM
    slot = (width - LEFT) / max(1, len(labels))
    bar = min(BAR, (slot * 0.8 - GAP * (len(series) - 1)) / len(series))
    group = bar * len(series) + GAP * (len(series) - 1)
    bars = [
        Bar(
            series=index + 1,
            x=round(LEFT + slot * position + (slot - group) / 2 + index * (bar + GAP), 1),
            y=round(TOP + room * (1 - float(value) / top), 1),
            width=round(bar, 1),
            height=round(room * float(value) / top, 1),
        )
        for index, (_, values) in enumerate(series)
        for position, value in enumerate(values)
        if value is not None and value > 0
    ]
    return Chart(
        title=title,
        summary=summary,
        names=tuple(name for name, _ in series),
        labels=tuple(
            Place(x=round(LEFT + slot * (position + 0.5), 1), text=text) for position, text in enumerate(labels)
        ),
        rows=tuple((name, tuple(values)) for name, values in series),
        ticks=tuple(
            Tick(y=round(TOP + room * (1 - each * step / top), 1), value=each * step)
            for each in range(round(top / step) + 1)
        ),
        bars=tuple(bars),
        width=width,
        height=height,
    )


def _step(highest: float) -> int | float:
    """A round distance between lines, so that about five cover the highest bar; whole numbers from 1 up."""
    if highest <= 0:
        return 1
    raw = highest / TICKS
    scale = 10 ** floor(log10(raw))
    step = next(each * scale for each in STEPS if each * scale >= raw)
    if highest >= TICKS:
        step = max(1, ceil(step))
    return int(step) if step == int(step) else step
