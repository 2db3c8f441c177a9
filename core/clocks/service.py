"""Keep the clocks of a case or record in line with what happened to it.

`follow` is called in the transaction of an act: after an opening, a step, a change of a field or a reading. It starts,
suspends, resumes, answers and computes anew; what became due is told by the job (`core.clocks.jobs`), never here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.clocks.models import Clock
from core.context import Context
from core.plugin import Timer
from core.plugin.catalog import CatalogView


class Entered(NamedTuple):
    state: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ClockSubject:
    """What the clocks are of: a case or a record. `values` are its own fields by bare key, as they are stored."""

    owner: str
    case_id: UUID | None = None
    record_id: UUID | None = None
    customer_id: UUID | None = None
    country: str | None = None
    zone: ZoneInfo
    values: Mapping[str, Any] = field(default_factory=dict)
    readings: Mapping[str, int] = field(default_factory=dict)


def follow(
    session: Session,
    *,
    context: Context,
    view: CatalogView,
    timers: Sequence[Timer],
    history: Sequence[Entered],
    subject: ClockSubject,
    at: datetime | None = None,
) -> Sequence[Clock]:
    """Bring the subject's clocks in line with its history (in order of time) and values. All of them, the oldest first.

    Nothing is flushed, so that the caller may write `next_due` with its own row. Calling it again changes nothing.
    """
    raise NotImplementedError


def next_due(clocks: Iterable[Clock]) -> datetime | None:
    """When the first of the running deadlines ends."""
    running = (clock.due_at for clock in clocks if clock.stopped_at is None and clock.state in ("running", "breached"))
    return min((due for due in running if due is not None), default=None)
