"""Tell people, let them read and choose how they are told.

`tell` enqueues one job in the transaction of the act, also in a provider's session, which sees no other person's notices. The job
finds the people, and makes a notice under the bell or a mail as each of them wishes: once per cause (`core.notify.delivery`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.audit import service as audit
from core.context import Context
from core.errors import N_, Conflict, Denied, Invalid, NotFound
from core.jobs.queue import enqueue
from core.notify.jobs import deliver_notice, dispatch
from core.notify.kinds import KINDS, MAIL
from core.notify.models import Mail, Notification, NotificationPreference
from core.web.sentences import kept


def tell(
    session: Session,
    *,
    context: Context,
    kind: str,
    message: str | None = None,
    values: Mapping[str, Any],
    subject: tuple[str, UUID],
    cause: str,
    participants: Iterable[UUID] = (),
    role: str | None = None,
    permission: str | None = None,
    engagement_id: UUID | None = None,
    tone: str | None = None,
    actor_too: bool = False,
) -> None:
    """Tell `participants`, and whoever has `role` or `permission` on the client's side or in the engagement.

    Who acts is not told of their own act, unless `actor_too`: of what took long. `message` is a msgid, the kind's own if none is
    given; `values` are as `core.web.sentences` takes them: numbers, ids, labels, never personal data. The same `cause` is told
    once to a person. Raises TypeError for free text and KeyError for an unknown kind: faults of ours.
    """
    declared = KINDS[kind]
    notice = {
        "kind": kind,
        "message": message or declared.message,
        "values": kept(values),
        "subject": [subject[0], str(subject[1])],
        "cause": cause,
        "participants": [str(each) for each in participants],
        "role": role,
        "permission": permission,
        "engagement_id": str(engagement_id) if engagement_id else None,
        "tone": tone or declared.tone,
        "actor": str(context.participant_id) if context.participant_id and not actor_too else None,
    }
    enqueue(session, task=deliver_notice, to="interactive", lock=f"notice:{context.tenant_id}",
            tenant_id=context.tenant_id, notice=orjson.dumps(notice).decode())  # fmt: skip


def mark_read(session: Session, *, context: Context, notification_id: UUID) -> Notification:
    """Note that the reader has seen one of their own notices. Raises NotFound."""
    row = session.scalar(
        select(Notification).where(
            Notification.id == notification_id, Notification.participant_id == context.participant_id
        )
    )
    if row is None:
        raise NotFound
    if row.read_at is None:
        row.read_at = datetime.now(UTC)
        session.flush()
    return row


def mark_all_read(session: Session, *, context: Context, until: datetime) -> int:
    """Note that the reader has seen what they were told until then; what came meanwhile stays unread. How many there were."""
    done = session.execute(
        update(Notification)
        .where(
            Notification.participant_id == context.participant_id,
            Notification.read_at.is_(None),
            Notification.created_at <= until,
        )
        .values(read_at=datetime.now(UTC))
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def set_preferences(session: Session, *, context: Context, chosen: Mapping[str, tuple[bool, str]]) -> None:
    """How the reader wishes each kind told: under the bell, and by mail (`off`, `now`, `daily`). Raises Invalid, Denied."""
    if context.participant_id is None:
        raise Denied
    held = {
        row.kind: row
        for row in session.scalars(
            select(NotificationPreference).where(NotificationPreference.participant_id == context.participant_id)
        )
    }
    for kind, (bell, mail) in chosen.items():
        if kind not in KINDS or mail not in MAIL:
            raise Invalid(field=kind)
        row = held.get(kind)
        if row is None:
            row = NotificationPreference(
                participant_id=context.participant_id,
                engagement_id=context.engagement_id,
                kind=kind,
                bell=bell,
                mail=mail,
            )
            session.add(row)
        row.bell, row.mail = bell, mail
    session.flush()


def send_again(session: Session, *, context: Context, mail_id: UUID) -> Mail:
    """Try a mail that failed from the beginning. Raises NotFound, Conflict."""
    row = session.scalar(select(Mail).where(Mail.id == mail_id).with_for_update())
    if row is None:
        raise NotFound
    if row.state != "failed":
        raise Conflict(N_("Only a mail that failed can be sent again."))
    row.state, row.attempts, row.error = "waiting", 0, None
    session.flush()
    dispatch(session, context=context, mail_id=mail_id)
    audit.append(session, context=context, action="mail.sent_again", subject=("mail", mail_id))
    return row
