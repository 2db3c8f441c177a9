"""Entries that were refused for where somebody was or what they lack: counted by day, for the managers of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.context import Context
from core.db import scope
from core.db.base import new_id
from core.engagements.seat_models import RefusedEntry
from core.identity.models import Participant


def note(engine: Engine, *, context: Context) -> None:
    """Count a refusal in a transaction of its own: the act it belongs to is rolled back."""
    if context.withheld is None or context.participant_id is None or context.engagement_id is None:
        return
    values = {
        "tenant_id": context.tenant_id, "id": new_id(), "engagement_id": context.engagement_id,
        "participant_id": context.participant_id, "reason": context.withheld, "day": func.current_date(), "times": 1,
        "seat_label": context.seat.label if context.seat else "", "country": context.seat.country if context.seat else "",
    }  # fmt: skip
    made = insert(RefusedEntry).values(**values)
    again = made.on_conflict_do_update(
        index_elements=["tenant_id", "participant_id", "reason", "day"],
        set_={
            "times": RefusedEntry.times + 1, "updated_at": func.now(), "version": RefusedEntry.version + 1,
            "seat_label": made.excluded.seat_label, "country": made.excluded.country,
        },
    )  # fmt: skip
    with Session(engine) as session:
        scope.enter(session, context)
        session.execute(again.execution_options(**scope.RLS_ONLY))
        session.commit()


def recent(session: Session, *, engagement_id: UUID, limit: int = 20) -> Sequence[Any]:
    """The newest refusals of an engagement, with the person's name."""
    return session.execute(
        select(
            RefusedEntry.reason, RefusedEntry.day, RefusedEntry.times, RefusedEntry.seat_label, RefusedEntry.country,
            RefusedEntry.updated_at, Participant.shown_name,
        )
        .join(Participant, Participant.id == RefusedEntry.participant_id)
        .where(RefusedEntry.engagement_id == engagement_id)
        .order_by(RefusedEntry.updated_at.desc())
        .limit(limit)
    ).all()  # fmt: skip
