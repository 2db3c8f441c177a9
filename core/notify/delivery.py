"""Bring notices to people: find them, ask how each wishes to be told, and make notices and mails.

1. A notice is made once per person and cause; a job that runs again makes nothing. 2. Who wants a kind by mail at once gets a
`mail` row, sent by a job of its own. 3. Who wants it daily gets one mail in the morning with what they have not read by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.context import Context
from core.identity.models import Participant
from core.notify.kinds import KINDS
from core.notify.mailing import Item, Letter, digest_letter, notice_letter
from core.notify.models import Mail, Notification, NotificationPreference
from core.notify.people import Person, addressed, persons

DIGEST = 50
"""Notices that one digest lists; of more it gives the number."""

FIRST_DIGEST = timedelta(days=2)
"""How far the first digest of a person looks back."""


@dataclass(kw_only=True)
class Made:
    """What jobs are to follow: mails to send, and whose digest is due when."""

    mails: list[UUID] = field(default_factory=list)
    digests: list[tuple[UUID, datetime]] = field(default_factory=list)


def deliver(session: Session, *, context: Context, notice: Mapping[str, Any], now: datetime | None = None) -> Made:
    """Tell the people of a notice, each as they wish, once per cause. In a job's scope: the whole tenant."""
    at, made = now or datetime.now(UTC), Made()
    people = addressed(session, notice)
    told = set(session.scalars(select(Notification.participant_id).where(Notification.cause == notice["cause"])))
    mailed = set(session.scalars(select(Mail.cause).where(Mail.cause.in_([_cause(notice, each) for each in people]))))
    wishes = preferences_of(session, kind=notice["kind"], people=[each.id for each in people])
    item = Item(
        kind=notice["kind"], message=notice["message"], values=notice["values"], subject_type=notice["subject"][0],
        subject_id=UUID(notice["subject"][1]), at=at,
    )  # fmt: skip
    for person in people:
        bell, mail = wishes[person.id]
        if (bell or mail == "daily") and person.id not in told:
            session.add(_notification(item, notice=notice, person=person, bell=bell))
        if mail == "daily" and person.email:
            made.digests.append((person.id, person.next_morning(at)))
        if mail == "now" and person.email and _cause(notice, person) not in mailed:
            letter = notice_letter(item, person=person, context=context)
            made.mails.append(_post(session, person, letter, cause=_cause(notice, person)))
    session.flush()
    return made


def digest(session: Session, *, context: Context, participant_id: UUID, now: datetime | None = None) -> Mail | None:
    """Write the morning's mail of one person: what they want daily and have not read. None where there is nothing."""
    at = now or datetime.now(UTC)
    person = next(iter(persons(session, Participant.id == participant_id)), None)
    if person is None or person.email is None:
        return None
    cause = f"digest:{participant_id}:{person.next_morning(at).date()}"
    last = session.scalar(
        select(Mail.created_at)
        .where(Mail.participant_id == participant_id, Mail.cause.startswith("digest:"))
        .order_by(Mail.created_at.desc())
        .limit(1)
    )
    if session.scalar(select(Mail.id).where(Mail.cause == cause)) is not None:
        return None
    items = _unread_daily(session, participant_id=participant_id, since=last or at - FIRST_DIGEST)
    if not items:
        return None
    shown, left_out = items[:DIGEST], max(0, len(items) - DIGEST)
    letter = digest_letter(shown, person=person, context=context, left_out=left_out)
    return session.get_one(Mail, (context.tenant_id, _post(session, person, letter, cause=cause)))


def preferences_of(session: Session, *, kind: str, people: Sequence[UUID]) -> Mapping[UUID, tuple[bool, str]]:
    """Bell and mail of each person: their own choice, else the kind's."""
    chosen = NotificationPreference
    own = session.execute(
        select(chosen.participant_id, chosen.bell, chosen.mail).where(
            chosen.kind == kind, chosen.participant_id.in_(people)
        )
    )
    usual = (KINDS[kind].bell, KINDS[kind].mail)
    return {**dict.fromkeys(people, usual), **{row.participant_id: (row.bell, row.mail) for row in own}}


def _unread_daily(session: Session, *, participant_id: UUID, since: datetime) -> Sequence[Item]:
    chosen = NotificationPreference
    own = {
        row.kind: row.mail
        for row in session.execute(select(chosen.kind, chosen.mail).where(chosen.participant_id == participant_id))
    }
    daily = [kind for kind, declared in KINDS.items() if own.get(kind, declared.mail) == "daily"]
    rows = session.execute(
        select(
            Notification.kind, Notification.message, Notification.values, Notification.subject_type,
            Notification.subject_id, Notification.created_at.label("at"),
        )
        .where(
            Notification.participant_id == participant_id,
            Notification.kind.in_(daily),
            Notification.created_at > since,
            or_(Notification.read_at.is_(None), Notification.read_at == Notification.created_at),
        )
        .order_by(Notification.created_at.desc(), Notification.id.desc())
    )  # fmt: skip
    return [Item(**row._mapping) for row in rows]


def _notification(item: Item, *, notice: Mapping[str, Any], person: Person, bell: bool) -> Notification:
    """Without the bell it counts as read from the start: it waits for the digest only."""
    return Notification(
        participant_id=person.id, engagement_id=person.engagement_id, kind=item.kind, cause=notice["cause"],
        message=item.message, values=dict(item.values), subject_type=item.subject_type, subject_id=item.subject_id,
        tone=notice["tone"], created_at=item.at, read_at=None if bell else item.at,
    )  # fmt: skip


def _post(session: Session, person: Person, letter: Letter, *, cause: str) -> UUID:
    row = Mail(
        participant_id=person.id, cause=cause, locale=person.locale, subject=letter.subject, body=letter.body,
        html=letter.html, state="waiting",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _cause(notice: Mapping[str, Any], person: Person) -> str:
    return f"{notice['cause']}:{person.id}"
