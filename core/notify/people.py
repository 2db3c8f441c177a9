"""Who is to be told, where mail reaches them, and in which language and zone they live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.orm import Session

from core.context import Party
from core.db import scope
from core.identity import directory
from core.identity.models import Participant

MORNING = time(8)

_REACHED = text("SELECT * FROM people_reached(cast(:wanted AS uuid[]))").execution_options(**scope.RLS_ONLY)
"""A function that walls for itself: accounts belong to no tenant. It gives people of the scope's tenant only."""

STAND_INS: list[Callable[[Session, Sequence[UUID]], Iterable[UUID]]] = []
"""Who decides in whose place, asked where somebody is told by permission. Filled by `app.py`."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """`email` and `workspace` are None for somebody whom mail does not reach: a disabled account, or none."""

    id: UUID
    party: Party
    engagement_id: UUID | None
    name: str
    email: str | None = None
    locale: str = "zh-CN"
    zone: str = "Asia/Shanghai"
    workspace: str | None = None

    def next_morning(self, now: datetime) -> datetime:
        """The next eight o'clock where they live."""
        here = now.astimezone(ZoneInfo(self.zone))
        day = here.date() + timedelta(days=0 if here.time() < MORNING else 1)
        return datetime.combine(day, MORNING, ZoneInfo(self.zone))


def addressed(session: Session, notice: Mapping[str, Any]) -> Sequence[Person]:
    """The people of a notice: those named, and those of a role or permission on the client's side or in the engagement."""
    wanted: list[ColumnElement[bool]] = []
    named = [UUID(each) for each in notice["participants"]]
    if named:
        wanted.append(Participant.id.in_(named))
    meant = [directory.has_role(notice["role"])] if notice["role"] else []
    if notice["permission"]:
        meant.append(directory.may(notice["permission"]))
    if meant:
        side = or_(Participant.engagement_id.is_(None), Participant.engagement_id == notice["engagement_id"])
        wanted.append(or_(*meant) & side)
    found = persons(session, or_(*wanted)) if wanted else []
    actor = UUID(notice["actor"]) if notice["actor"] else None
    found = [each for each in found if each.id != actor]
    if notice["permission"]:
        found = _with_stand_ins(session, found, actor=actor, named=named)
    return list({each.id: each for each in found}.values())


def _with_stand_ins(
    session: Session, found: Sequence[Person], *, actor: UUID | None, named: Sequence[UUID]
) -> list[Person]:
    """And who stands in for them. Not who stands in for the one who acts: they may not do what the permission is for."""

    def standing_in(people: Sequence[UUID]) -> set[UUID]:
        return {key for ask in STAND_INS for key in ask(session, people)}

    kept_out = {actor, *(standing_in([actor]) if actor is not None else ())} - set(named)
    more = standing_in([each.id for each in found]) - {each.id for each in found}
    return [each for each in [*found, *persons(session, Participant.id.in_(more))] if each.id not in kept_out]


def persons(session: Session, wanted: ColumnElement[bool]) -> list[Person]:
    """People who still take part, with where mail reaches them."""
    rows = session.execute(
        select(Participant.id, Participant.party, Participant.engagement_id, Participant.shown_name)
        .where(wanted, Participant.ended_at.is_(None))
        .order_by(Participant.id)
    ).all()
    reached = {row.participant_id: row for row in session.execute(_REACHED, {"wanted": [row.id for row in rows]})}
    found = []
    for row in rows:
        at = reached.get(row.id)
        known = {} if at is None else {
            "email": at.email, "locale": at.locale, "zone": at.zone, "workspace": at.workspace,
        }  # fmt: skip
        found.append(Person(id=row.id, party=row.party, engagement_id=row.engagement_id, name=row.shown_name, **known))
    return found
