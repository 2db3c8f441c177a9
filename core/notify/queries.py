"""Read one's own notices and wishes, and the tenant's outbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from core.context import Context
from core.db.keyset import Page, newest_first
from core.db.reading import Listing
from core.identity.models import Invitation, Participant
from core.notify.kinds import KINDS
from core.notify.models import Mail, Notification, NotificationPreference

COUNTED = 100
"""The bell counts no further."""


_UNREAD = Listing(
    select(func.count()).select_from(
        select(Notification.id)
        .where(Notification.participant_id == bindparam("reader"), Notification.read_at.is_(None))
        .limit(COUNTED)
        .subquery()
    )
)


def unread_count(session: Session, *, context: Context) -> int:
    """How much is new to the reader, up to a hundred. One statement on the index of what is unread: each page asks it."""
    if context.participant_id is None:
        return 0
    return int(_UNREAD.fetch(session, reader=context.participant_id)[0][0])


def notice_page(
    session: Session, *, context: Context, unread: bool = False, kind: str | None = None, after: str | None = None
) -> Page:
    """The reader's notices, the newest first."""
    wanted = select(
        Notification.id, Notification.kind, Notification.message, Notification.values, Notification.subject_type,
        Notification.subject_id, Notification.tone, Notification.created_at, Notification.read_at,
    ).where(Notification.participant_id == context.participant_id)  # fmt: skip
    if unread:
        wanted = wanted.where(Notification.read_at.is_(None))
    if kind:
        wanted = wanted.where(Notification.kind == kind)
    return newest_first(session, wanted, moment=Notification.created_at, key=Notification.id, after=after)


def wishes(session: Session, *, context: Context) -> Mapping[str, tuple[bool, str]]:
    """Bell and mail of every kind, as the reader chose or as it is usual."""
    chosen = NotificationPreference
    own = {
        row.kind: (row.bell, row.mail)
        for row in session.execute(
            select(chosen.kind, chosen.bell, chosen.mail).where(chosen.participant_id == context.participant_id)
        )
    }
    return {key: own.get(key, (kind.bell, kind.mail)) for key, kind in KINDS.items()}


def mail_page(session: Session, *, state: str | None = None, after: str | None = None) -> Page:
    """The tenant's mails, the newest first."""
    wanted = _mails()
    if state:
        wanted = wanted.where(Mail.state == state)
    return newest_first(session, wanted, moment=Mail.created_at, key=Mail.id, after=after)


def mail_row(session: Session, *, mail_id: UUID) -> Row[Any] | None:
    return session.execute(_mails(Mail.body, Mail.locale, Mail.attempts).where(Mail.id == mail_id)).one_or_none()


def _mails(*more: Any) -> Any:
    return select(
        Mail.id, Mail.subject, Mail.state, Mail.error, Mail.created_at, Mail.sent_at,
        func.coalesce(Participant.shown_name, Invitation.shown_name).label("shown_name"),
        func.coalesce(Participant.party, Invitation.party).label("party"), *more,
    ).outerjoin(Participant, Participant.id == Mail.participant_id).outerjoin(
        Invitation, Invitation.id == Mail.invitation_id
    )  # fmt: skip
