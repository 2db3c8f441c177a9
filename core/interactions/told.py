"""Tell the gate how often a customer was contacted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, bindparam, func

from core.gate.facts import Past, Question
from core.gate.subject import zone_of

WEEK, MONTH = timedelta(days=6), timedelta(days=29)
FAR = timedelta(days=31)
"""What is read: 30 days of any zone."""


class ContactsTold:
    """Outbound contacts of any provider and channel, in the customer's own days.

    `past` are those of 30 days; `day` counts today so far, `week` and `month` the last 7 and 30 days with today. The function
    walls for itself: it knows other providers' contacts too, and returns purposes and times only.
    """

    name = "past_contacts"

    def column(self, customer_id: ColumnElement[UUID]) -> ColumnElement[Any]:
        since, until = (
            bindparam(name, type_=DateTime(timezone=True)) for name in ("contacted_since", "contacted_until")
        )
        return func.past_contacts(customer_id, since, until)

    def values(self, question: Question) -> Mapping[str, Any]:
        return {"contacted_since": question.at - FAR, "contacted_until": question.at}

    def read(self, told: Any, question: Question, *, zone: str) -> Mapping[str, Any]:
        day = _day_start(zone, question.at)
        since = day - MONTH
        moments = ((purpose, datetime.fromisoformat(at)) for purpose, at in told or ())
        made = [Past(purpose, at) for purpose, at in moments if at >= since]
        times = [each.at for each in made]
        same = [each.at for each in made if each.purpose == question.purpose]
        return {"interactions": {**_spans(times, day), "same_purpose": _spans(same, day), "past": made}}


def _spans(times: Sequence[datetime], day: datetime) -> dict[str, int]:
    """How many of these, the oldest first, lie in each span."""
    starts = {"day": day, "week": day - WEEK, "month": day - MONTH}
    return {span: len(times) - bisect_left(times, start) for span, start in starts.items()}


def _day_start(zone: str, at: datetime) -> datetime:
    local = at.astimezone(zone_of(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
