"""Mails of the door: the link that sets a new password, word of a changed factor, and the warning that an API token ends soon.

A link's secret is made when its mail is sent and kept nowhere in clear, so such a mail stands in no outbox; without a mail server
an administrator of the machine makes one with `kehub person reset-link`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

import structlog
from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from procrastinate import RetryStrategy
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import Config
from core.context import Context
from core.db import scope
from core.db.base import db, new_id
from core.errors import N_, NotFound
from core.identity import accounts, passwords, tokens
from core.identity.models import ApiToken
from core.jobs.queue import enqueue, queue
from core.jobs.tasks import job_context
from core.notify import service, smtp
from core.web.i18n import LANGUAGES

LOG = structlog.get_logger(__name__)
PATIENT = RetryStrategy(max_attempts=4, linear_wait=20, retry_exceptions={smtp.MailFailed})


def ask_reset(session: Session, user_id: UUID | None) -> None:
    """Have a link sent. An address without an account costs the same job, which then does nothing."""
    enqueue(session, task=send_reset, to="interactive", user_id=user_id)


@queue.task(name="send_reset", queue="interactive", retry=PATIENT)
def send_reset(*, user_id: str | None) -> None:
    """Send a person a link that sets a new password."""
    config: Config = current_app.extensions["kehub"]["config"]
    if user_id is None:
        return
    if config.smtp_url is None:
        LOG.warning("no mail server: a link to set a new password was not sent")
        return
    session = db.session()
    try:
        who = accounts.account_of(session, user_id=UUID(user_id))
        secret = passwords.begin_reset(session, user_id=who.user_id)
        letter = _letter(who, config, link=f"{config.address}/login/reset/{secret}")
        session.commit()
    except NotFound:
        return
    finally:
        db.session.remove()
    smtp.send(smtp.Server.of(config.smtp_url), letter)


def _letter(who: accounts.Account, config: Config, *, link: str) -> EmailMessage:
    values = {"link": link, "name": who.name}
    return _mail(who, config, subject=N_("Kehub: set a new password"), template="reset", values=values)


# -- what somebody signs in by ------------------------------------------------------------------------------------------

CHANGES = {
    "added": N_("A second factor was added to your account."),
    "removed": N_("A second factor was removed from your account."),
    "codes": N_("New recovery codes were made for your account. The old ones do not work any more."),
    "password": N_("The password of your account was changed."),
}


def tell_change(session: Session, user_id: UUID, change: str) -> None:
    """Have a person told, with the change itself."""
    enqueue(session, task=send_change, to="interactive", user_id=user_id, change=change)


@queue.task(name="send_change", queue="interactive", retry=PATIENT)
def send_change(*, user_id: str, change: str) -> None:
    """Tell a person what changed at their door, and what to do if it was not them."""
    config: Config = current_app.extensions["kehub"]["config"]
    if config.smtp_url is None:
        return
    try:
        who = accounts.account_of(db.session(), user_id=UUID(user_id))
    except NotFound:
        return
    finally:
        db.session.remove()
    smtp.send(smtp.Server.of(config.smtp_url), change_letter(who, config, change=change))


def change_letter(who: accounts.Account, config: Config, *, change: str) -> EmailMessage:
    values = {"what": CHANGES[change], "link": f"{config.address}/account", "name": who.name}
    return _mail(who, config, subject=N_("Kehub: your sign-in was changed"), template="changed", values=values)


def _mail(
    who: accounts.Account, config: Config, *, subject: str, template: str, values: Mapping[str, str]
) -> EmailMessage:
    """In the person's language; `what` among the values is a msgid."""
    language = who.locale if who.locale in LANGUAGES else "zh-CN"
    with current_app.test_request_context(), force_locale(LANGUAGES[language]):
        said = {**values, "subject": _(subject), "language_tag": language}
        said |= {"what": _(values["what"])} if "what" in values else {}
        return smtp.message(
            sender=config.mail_from, to=who.email, subject=said["subject"],
            body=render_template(f"notify/mail/{template}.text.html", **said).strip() + "\n",
            html=render_template(f"notify/mail/{template}.html", **said),
            language=language, key=str(new_id()), at=datetime.now(UTC),
        )  # fmt: skip


# -- API tokens ---------------------------------------------------------------------------------------------------------


@queue.periodic(cron="40 6 * * *")
@queue.task(name="warn_of_tokens", queue="scheduled")
def warn_of_tokens(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells when it was due
    """Tell whoever issued a token, and whoever manages tokens, a week before it ends."""
    session = db.session()
    try:
        expiring = tokens.take_expiring(session)
        session.commit()
        for tenant_id, token_id in expiring:
            _warn(session, job_context(tenant_id=tenant_id, participant_id=None), token_id)
            session.commit()
    finally:
        db.session.remove()


def _warn(session: Session, context: Context, token_id: UUID) -> None:
    scope.enter(session, context)
    token = session.scalars(select(ApiToken).where(ApiToken.id == token_id)).one()
    service.tell(
        session, context=context, kind="api_token.expiring", values={"ends": {"date": token.expires_at.date().isoformat()}},
        subject=("api_token", token.id), cause=f"api_token:{token.id}", participants=[token.participant_id],
        permission="api_token.manage",
    )  # fmt: skip
