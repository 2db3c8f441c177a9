"""The mail that asks to confirm a sign-up. It goes to an address that belongs to no tenant yet, so no outbox keeps it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from flask import current_app, g, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from procrastinate import RetryStrategy

from core.config import Config
from core.db.base import db
from core.errors import NotFound
from core.jobs.queue import queue
from core.notify import smtp
from core.web.i18n import LANGUAGES

if TYPE_CHECKING:
    from email.message import EmailMessage

    from core.joining.signup import Asked

LOG = structlog.get_logger(__name__)
AGAIN = RetryStrategy(max_attempts=6, exponential_wait=4, retry_exceptions={smtp.MailFailed})


@queue.task(name="send_sign_up", queue="interactive", retry=AGAIN)
def send_sign_up(*, sign_up_id: str, locale: str) -> None:
    """Send the link. Without a mail server it stays with the operator (`kehub tenant sign-ups`)."""
    from core.joining import signup  # it enqueues this task

    config: Config = current_app.extensions["kehub"]["config"]
    session = db.session()
    try:
        secret = signup.secret_of(UUID(sign_up_id))
        _, asked = signup.waiting(session, secret=secret)
        session.rollback()
        if config.smtp_url is None:
            return
        smtp.send(smtp.Server.of(config.smtp_url), _letter(config, asked, secret, sign_up_id, locale))
        signup.note_sent(session, sign_up_id=UUID(sign_up_id))
        session.commit()
    except NotFound:
        session.rollback()
    except smtp.MailFailed as failure:
        LOG.warning("sign-up mail not sent", sign_up=sign_up_id, reason=str(failure))
        if not failure.lasting:
            raise
    finally:
        db.session.remove()


def _letter(config: Config, asked: Asked, secret: str, sign_up_id: str, locale: str) -> EmailMessage:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.app_context(), app.test_request_context(), force_locale(LANGUAGES.get(locale, LANGUAGES["zh-CN"])):
        g.context = None
        values = {
            "name": asked.name, "person": asked.person, "href": config.address + url_for("joining.confirm", secret=secret),
        }  # fmt: skip
        return smtp.message(
            sender=config.mail_from, to=asked.email, subject=_("Kehub: confirm your organisation"),
            body=render_template("joining/mail.text.html", **values).strip() + "\n",
            html=render_template("joining/mail.html", **values), language=locale, key=sign_up_id, at=datetime.now(UTC),
        )  # fmt: skip
