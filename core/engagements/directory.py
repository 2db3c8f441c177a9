"""People and engagements by name, as the trail shows them: who it was, and for which company."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit.subjects import Directory, Person
from core.engagements.models import Engagement
from core.identity.models import Participant


def people(session: Session, ids: Sequence[UUID] | None) -> Mapping[UUID, Person]:
    """The participants of these ids, or all that the reader may see, by name. Also those who have left."""
    wanted = (
        select(Participant.id, Participant.shown_name, Engagement.provider_name)
        .outerjoin(Engagement, Engagement.id == Participant.engagement_id)
        .order_by(Participant.shown_name)
    )
    rows = session.execute(wanted if ids is None else wanted.where(Participant.id.in_(ids)))
    return {row.id: Person(id=row.id, name=row.shown_name, company=row.provider_name) for row in rows}


def engagements(session: Session) -> Sequence[tuple[UUID, str]]:
    rows = session.execute(select(Engagement.id, Engagement.provider_name, Engagement.name).order_by(Engagement.name))
    return [(row.id, f"{row.provider_name} · {row.name}") for row in rows]


DIRECTORY = Directory(people=people, engagements=engagements)
