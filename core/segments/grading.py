"""Hysteresis: a customer moves up after several periods in a row above its grade's cut, and down after several below it.

Pure. Grades are places from 0, the highest. What one bad month would flip, flips back the next: so a move needs as many
periods as the scheme says, all on the same side, and goes no further than every one of them carried. After a move both counts
begin anew. A period without a value proves nothing and breaks the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

Cause = Literal["first", "promoted", "demoted"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`above` and `below`: for how many periods in a row. `bound`: the nearest place that all of these reached."""

    grade: int | None = None
    above: int = 0
    below: int = 0
    bound: int | None = None


@dataclass(frozen=True, kw_only=True)
class Move:
    """`periods` that carried it."""

    cause: Cause
    before: int | None
    after: int
    periods: int


def step(
    standing: Standing, target: int | None, *, promote_after: int, demote_after: int
) -> tuple[Standing, Move | None]:
    """Where a customer stands after a period in which its value belonged to the grade `target`; None: it has no value."""
    grade = standing.grade
    if target is None:
        return replace(standing, above=0, below=0, bound=None), None
    if grade is None:
        return Standing(grade=target), Move(cause="first", before=None, after=target, periods=1)
    if target == grade:
        return Standing(grade=grade), None
    if target < grade:
        above = standing.above + 1
        bound = max(target, standing.bound) if standing.above and standing.bound is not None else target
        if above >= promote_after:
            return Standing(grade=bound), Move(cause="promoted", before=grade, after=bound, periods=above)
        return Standing(grade=grade, above=above, bound=bound), None
    below = standing.below + 1
    bound = min(target, standing.bound) if standing.below and standing.bound is not None else target
    if below >= demote_after:
        return Standing(grade=bound), Move(cause="demoted", before=grade, after=bound, periods=below)
    return Standing(grade=grade, below=below, bound=bound), None


def place_of(value: Decimal | None, cuts: Sequence[Decimal | None]) -> int | None:
    """The highest grade whose cut the value reaches. A cut of None is reached by every value: the lowest grade's."""
    if value is None:
        return None
    return next((place for place, cut in enumerate(cuts) if cut is None or value >= cut), len(cuts) - 1)


def period_of(day: date, kind: str) -> str:
    """`2026-11`, `2026-Q4` or `2026`. Within one kind the texts sort in time's order."""
    if kind == "month":
        return f"{day.year}-{day.month:02}"
    return f"{day.year}-Q{(day.month + 2) // 3}" if kind == "quarter" else str(day.year)


def next_begin(day: date, kind: str) -> date:
    """The first day of the period after that of the day."""
    if kind == "year":
        return date(day.year + 1, 1, 1)
    months = day.month if kind == "month" else (day.month + 2) // 3 * 3
    return date(day.year + months // 12, months % 12 + 1, 1)
