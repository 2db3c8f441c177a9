"""The jobs of notices: deliver one to its people, send a mail, write the digest of a morning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import TypeVar
from uuid import UUID

import orjson
import structlog
from flask import current_app
from procrastinate import RetryStrategy
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.config import Config
from core.context import Context
from core.db import scope
from core.db.base import db
from core.errors import NotFound
from core.identity.events import PersonInvited
from core.identity.invitations import secret_of
from core.identity.models import Invitation, Participant
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.notify import delivery, smtp
from core.notify.mailing import LINK, invitation_letter
from core.notify.models import Mail
from core.notify.people import persons
from core.tenants.queries import filled_context

LOG = structlog.get_logger(__name__)
T = TypeVar("T")

AGAIN = RetryStrategy(max_attempts=6, exponential_wait=3, retry_exceptions={OperationalError, IntegrityError})
"""A lost connection, or two jobs that told one person of one cause at once."""

WAITS = tuple(timedelta(minutes=each) for each in (1, 5, 20, 60, 240, 720))
"""How long to wait after each failure of a mail; after the last it is given up."""


@queue.task(name="deliver_notice", queue="interactive", retry=AGAIN)
def deliver_notice(*, tenant_id: str, notice: str) -> None:
    """Make the notices and mails of one happening."""

    def work(session: Session, context: Context) -> None:
        made = delivery.deliver(session, context=context, notice=orjson.loads(notice))
        for mail_id in made.mails:
            dispatch(session, context=context, mail_id=mail_id)
        for person, at in made.digests:
            enqueue(session, task=write_digest, to="scheduled", at=at, once=f"digest:{person}:{at.date()}",
                    tenant_id=context.tenant_id, participant_id=person)  # fmt: skip

    _inside(UUID(tenant_id), work)


@queue.task(name="write_digest", queue="scheduled", retry=AGAIN)
def write_digest(*, tenant_id: str, participant_id: str) -> None:
    """Write the mail of a person's morning."""

    def work(session: Session, context: Context) -> None:
        mail = delivery.digest(session, context=context, participant_id=UUID(participant_id))
        if mail is not None:
            dispatch(session, context=context, mail_id=mail.id)

    _inside(UUID(tenant_id), work)


def dispatch(session: Session, *, context: Context, mail_id: UUID, at: datetime | None = None) -> None:
    """Have a mail sent. Without a mail server it stays in the outbox."""
    if _config().smtp_url is not None:
        enqueue(session, task=send_mail, to="scheduled", at=at, lock=f"mail:{mail_id}", tenant_id=context.tenant_id,
                mail_id=mail_id)  # fmt: skip


@queue.task(name="send_mail", queue="scheduled", retry=AGAIN)
def send_mail(*, tenant_id: str, mail_id: str) -> None:
    """Send one mail, outside of any transaction, and note what came of it."""
    config = _config()
    letter = _inside(UUID(tenant_id), lambda session, _context: _letter(session, UUID(mail_id), config))
    if letter is None or config.smtp_url is None:
        return
    try:
        smtp.send(smtp.Server.of(config.smtp_url), letter)
    except smtp.MailFailed as failure:
        LOG.warning("mail not sent", mail=mail_id, reason=str(failure))
        told: smtp.MailFailed | None = failure
    else:
        told = None
    _inside(UUID(tenant_id), lambda session, context: _note(session, context, UUID(mail_id), told))


def _letter(session: Session, mail_id: UUID, config: Config) -> EmailMessage | None:
    """The mail ready to go; None where it is not to go any more."""
    row = session.get(Mail, (scope.current(session).tenant_id, mail_id), with_for_update=True)
    if row is None or row.state != "waiting":
        return None
    to, link = _reader(session, row, config)
    if to is None:
        row.state, row.error = "failed", "NoAddress"
        return None
    return smtp.message(
        sender=config.mail_from, to=to, subject=row.subject, body=row.body.replace(LINK, link),
        html=row.html.replace(LINK, link),
        language=row.locale, key=str(row.id), at=row.created_at,
    )  # fmt: skip


def _reader(session: Session, row: Mail, config: Config) -> tuple[str | None, str]:
    """Where a mail goes, and the link of an invitation: of one that was sent anew or withdrawn meanwhile there is none."""
    if row.invitation_id is None:
        person = next(iter(persons(session, Participant.id == row.participant_id)), None)
        return (person.email if person is not None else None), ""
    asked = session.get_one(Invitation, (row.tenant_id, row.invitation_id), with_for_update=True)
    if row.cause != cause_of(asked) or asked.withdrawn_at is not None or asked.accepted_at is not None:
        return None, ""
    return asked.email, f"{config.address}/invitation/{secret_of(asked, tenant_id=row.tenant_id)}"


def cause_of(asked: Invitation) -> str:
    return f"invitation:{asked.id}:{asked.round}"


@queue.task(name="write_invitation", queue="interactive", retry=AGAIN)
def write_invitation(*, tenant_id: str, invitation_id: str) -> None:
    """Write the mail of an invitation. A provider's session, which has no outbox, can only enqueue this."""

    def work(session: Session, context: Context) -> None:
        asked = session.get(Invitation, (context.tenant_id, UUID(invitation_id)))
        if asked is None or session.scalar(select(Mail.id).where(Mail.cause == cause_of(asked))) is not None:
            return
        inviter = session.scalar(select(Participant.shown_name).where(Participant.id == asked.created_by))
        letter = invitation_letter(asked, inviter=inviter, context=context)
        mail = Mail(invitation_id=asked.id, cause=cause_of(asked), locale=asked.locale, subject=letter.subject,
                    body=letter.body, html=letter.html, state="waiting")  # fmt: skip
        session.add(mail)
        session.flush()
        dispatch(session, context=context, mail_id=mail.id)

    _inside(UUID(tenant_id), work)


def on_invited(session: Session, event: PersonInvited) -> None:
    enqueue(session, task=write_invitation, tenant_id=event.context.tenant_id, invitation_id=event.subject)


def _note(session: Session, context: Context, mail_id: UUID, failure: smtp.MailFailed | None) -> None:
    row = session.get_one(Mail, (context.tenant_id, mail_id), with_for_update=True)
    row.attempts += 1
    if failure is None:
        row.state, row.sent_at, row.error = "sent", datetime.now(UTC), None
        if row.invitation_id is not None:
            session.get_one(Invitation, (context.tenant_id, row.invitation_id)).sent_at = row.sent_at
        return
    row.error = str(failure)
    if failure.lasting or row.attempts > len(WAITS):
        row.state = "failed"
        return
    dispatch(session, context=context, mail_id=mail_id, at=datetime.now(UTC) + WAITS[row.attempts - 1])


def _config() -> Config:
    config: Config = current_app.extensions["kehub"]["config"]
    return config


def _inside(tenant_id: UUID, work: Callable[[Session, Context], T]) -> T | None:
    """In one transaction, for the tenant itself. In a tenant that has gone there is nobody to tell."""
    session = db.session()
    try:
        scope.enter(session, job_context(tenant_id=tenant_id, participant_id=None))
        done = work(session, filled_context(session, context=job_context(tenant_id=tenant_id, participant_id=None)))
        session.commit()
    except NotFound:
        session.rollback()
        return None
    else:
        return done
    finally:
        db.session.remove()
