"""How many values a person has seen lately, against what they may: asked under a lock, so that two at once count as two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.plugin.types import Parameter
from core.privacy.numbers import parameter
from core.privacy.reveal_limits import own_numbers

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OWN = "发包方设定 / Set by the client"
MOST = 1000
"""More than any quota: no more rows than this are read."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """`used` of `hard` in one span; `free_at` is when the next one fits."""

    key: str
    used: int
    soft: int
    hard: int
    free_at: datetime | None
    parameters: Sequence[Parameter]

    @property
    def full(self) -> bool:
        return self.used >= self.hard

    @property
    def near(self) -> bool:
        return self.used >= self.soft


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))").execution_options(**scope.PLATFORM)


_TIMES = text("SELECT * FROM reveal_times(:person, :since, :most)").execution_options(**scope.RLS_ONLY)
"""A function that walls for itself: what was seen of customers who are not lent any more counts too."""


def _number(key: str, context: Context, own: Mapping[str, int]) -> Parameter:
    """The product's number, or the tenant's own where that is less."""
    row = parameter(f"reveal_{key}", context=context)
    if key not in own or own[key] >= int(str(row.value)):
        return row
    return replace(row, value=own[key], set_by_tenant=True, source_title=OWN, source_article="")


def lock_person(session: Session, participant_id: UUID | None, *, act: str) -> None:
    """Until the transaction ends nobody else counts what this person does of an act."""
    session.execute(_LOCK, {"key": f"{act}:{participant_id}"})


def spans(session: Session, *, context: Context, at: datetime) -> list[Span]:
    """The hour and the day that end now."""
    asked = {"person": context.participant_id, "since": at - DAY, "most": MOST}
    seen: Sequence[datetime] = session.scalars(_TIMES, asked).all()
    own = own_numbers(session, context=context)
    return [_span("hour", HOUR, seen, context, at, own), _span("day", DAY, seen, context, at, own)]


def _span(
    key: str, length: timedelta, seen: Sequence[datetime], context: Context, at: datetime, own: Mapping[str, int]
) -> Span:
    within = [moment for moment in seen if moment > at - length]
    soft, hard = (_number(f"{limit}_{key}", context, own) for limit in ("soft", "hard"))
    most = int(str(hard.value))
    full = len(within) >= most
    return Span(
        key=key, used=len(within), soft=int(str(soft.value)), hard=most, parameters=(soft, hard),
        free_at=within[most - 1] + length if full and most else None,
    )  # fmt: skip
