"""A workflow as a drawing: states in columns by their distance from the start, steps as curves between them.

1. A breadth-first walk from the first state finds the steps that lead back; they are drawn below everything.
2. Each state stands one column right of its furthest predecessor.
3. In a column, states stand in the order of their predecessors, centred on the drawing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

BoxState = Literal["done", "now", "open"]

BOX_WIDTH, BOX_HEIGHT = 128, 38
COLUMN, ROW, MARGIN, CORNER = 166, 54, 4, 6
LABEL_WIDTH = 15
"""How many half-width characters fit in a box; a Han character counts two."""


@dataclass(frozen=True, kw_only=True)
class Box:
    key: str
    label: str
    lines: tuple[str, ...]
    x: float
    y: float
    state: BoxState
    next: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Path:
    source: str
    target: str
    d: str
    done: bool
    gated: bool = False


@dataclass(frozen=True, kw_only=True)
class Flow:
    """What the `ui.flow` macro draws."""

    title: str
    boxes: tuple[Box, ...]
    paths: tuple[Path, ...]
    width: float
    height: float
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


def draw_flow(
    states: Sequence[tuple[str, str]],
    *,
    transitions: Sequence[tuple[str, str]],
    title: str,
    current: str | None = None,
    done: Collection[str] = (),
    gated: Collection[tuple[str, str]] = (),
) -> Flow:
    """Lay out `states` (key, label; the first is the start) and `transitions` (source, target; unknown ones raise KeyError).

    `done` names the states the case has been in, `gated` the transitions that need a second person.
    """
    labels = dict(states)
    edges = list(dict.fromkeys((source, target) for source, target in transitions if source != target))
    _ = [(labels[source], labels[target]) for source, target in edges]
    backward = _backward(list(labels), edges)
    forward = [edge for edge in edges if edge not in backward]
    places = _places(list(labels), forward)
    rows = max((row for _, row in places.values()), default=0)
    spots = {key: (MARGIN + column * COLUMN, MARGIN + row * ROW) for key, (column, row) in places.items()}
    bottom = MARGIN + rows * ROW + BOX_HEIGHT
    passed = set(done) | ({current} if current else set())
    boxes = [
        Box(
            key=key,
            label=label,
            lines=folded(label),
            x=spots[key][0],
            y=spots[key][1],
            state="now" if key == current else "done" if key in passed else "open",
            next=tuple(labels[target] for source, target in edges if source == key),
        )
        for key, label in labels.items()
    ]
    paths = [
        Path(
            source=source,
            target=target,
            d=_path(spots[source], spots[target], bottom + 14, back=(source, target) in backward),
            done=source in passed and target in passed and (source, target) not in backward,
            gated=(source, target) in gated,
        )
        for source, target in edges
    ]  # fmt: skip
    detours = any(places[target][0] - places[source][0] > 1 for source, target in forward)
    columns = max((column for column, _ in places.values()), default=0)
    return Flow(
        title=title,
        boxes=tuple(boxes),
        paths=tuple(paths),
        width=2 * MARGIN + columns * COLUMN + BOX_WIDTH,
        height=bottom + (20 if backward or detours else MARGIN),
    )


def folded(label: str) -> tuple[str, ...]:
    """The label in one line or two, the second cut to what fits; the whole is in the box's title and in the list."""
    first = _fitting(label)
    if first == label:
        return (label,)
    rest = label[len(first) :].lstrip()
    second = _fitting(rest)
    return (first.rstrip(), second if second == rest else second[:-1].rstrip() + "…")


def _fitting(label: str) -> str:
    """As many words as fit in a line, of one that is too long as many characters."""
    width = 0
    for place, character in enumerate(label):
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width > LABEL_WIDTH:
            words = label[: place + 1].rfind(" ")
            return label[: words if words > 0 else place]
    return label


def _backward(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Steps that lead back to a state that is still being walked (a depth-first walk in the order of the states)."""
    found: set[tuple[str, str]] = set()
    finished: set[str] = set()

    def walk(key: str, trail: frozenset[str]) -> None:
        for source, target in edges:
            if source != key:
                continue
            if target in trail:
                found.add((source, target))
            elif target not in finished:
                walk(target, trail | {target})
        finished.add(key)

    for key in keys:
        if key not in finished:
            walk(key, frozenset({key}))
    return found


def _places(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, tuple[int, float]]:
    """Column and row of each state; `edges` have no cycle."""
    column = dict.fromkeys(keys, 0)
    for _ in keys:
        for source, target in edges:
            column[target] = max(column[target], column[source] + 1)
    by_column: dict[int, list[str]] = {}
    for key in keys:
        by_column.setdefault(column[key], []).append(key)
    tallest = max((len(each) for each in by_column.values()), default=1)
    places: dict[str, tuple[int, float]] = {}
    for index in sorted(by_column):
        members = sorted(by_column[index], key=lambda key: _wanted_row(key, edges, places))
        offset = (tallest - len(members)) / 2
        for position, key in enumerate(members):
            places[key] = (index, offset + position)
    return places


def _wanted_row(key: str, edges: Sequence[tuple[str, str]], places: dict[str, tuple[int, float]]) -> float:
    rows = [places[source][1] for source, target in edges if target == key and source in places]
    return sum(rows) / len(rows) if rows else 0.0


def _path(start: tuple[float, float], end: tuple[float, float], floor: float, *, back: bool) -> str:
    """A curve to the next column, a way along the floor over more than one, a way below the boxes back."""
    if back:
        return _back(start, end, floor)
    return _curve(start, end) if end[0] - start[0] <= COLUMN else _detour(start, end, floor)


def _detour(start: tuple[float, float], end: tuple[float, float], floor: float) -> str:
    """Down in the gap behind the source, along the floor, up in the gap before the target: it crosses no box."""
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT / 2
    x2, y2 = end[0] - 2, end[1] + BOX_HEIGHT / 2
    down, up, r = x1 + (COLUMN - BOX_WIDTH) / 3, x2 - (COLUMN - BOX_WIDTH) / 2, CORNER
    return (
        f"M{x1:g} {y1:g}H{down - r:g}Q{down:g} {y1:g} {down:g} {y1 + r:g}"
        f"V{floor - r:g}Q{down:g} {floor:g} {down + r:g} {floor:g}"
        f"H{up - r:g}Q{up:g} {floor:g} {up:g} {floor - r:g}V{y2 + r:g}Q{up:g} {y2:g} {up + r:g} {y2:g}H{x2:g}"
    )


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT / 2
    x2, y2 = end[0] - 2, end[1] + BOX_HEIGHT / 2
    middle = x1 + (COLUMN - BOX_WIDTH) / 2
    return f"M{x1:g} {y1:g}C{middle:g} {y1:g} {x2 - 19:g} {y2:g} {x2:g} {y2:g}"


def _back(start: tuple[float, float], end: tuple[float, float], floor: float) -> str:
    """Down, along the floor and up again; boxes are drawn over it."""
    x1, y1 = start[0] + BOX_WIDTH / 2, start[1] + BOX_HEIGHT
    x2, y2 = end[0] + BOX_WIDTH / 2, end[1] + BOX_HEIGHT + 2
    turn = CORNER if x2 > x1 else -CORNER
    return (
        f"M{x1:g} {y1:g}V{floor - CORNER:g}Q{x1:g} {floor:g} {x1 + turn:g} {floor:g}"
        f"H{x2 - turn:g}Q{x2:g} {floor:g} {x2:g} {floor - CORNER:g}V{y2:g}"
    )
