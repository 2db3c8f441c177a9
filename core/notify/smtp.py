"""Hand a mail to the mail server: SMTP with TLS, by Python's own library.

`smtps://` speaks TLS from the first byte, `smtp://` begins it with STARTTLS. Only towards a server on this machine may it be
missing: passwords and mails do not cross a network in the clear.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PORTS = {"smtp": 587, "smtps": 465}
PATIENCE = 20.0
"""Seconds until a server that does not answer counts as away."""


class MailFailed(Exception):
    """`lasting`: trying again would end the same. The text is a reply code or an error's name, never an address."""

    def __init__(self, reason: str, *, lasting: bool) -> None:
        super().__init__(reason)
        self.lasting = lasting


@dataclass(frozen=True, kw_only=True)
class Server:
    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool

    @classmethod
    def of(cls, url: str) -> Server:
        """From `smtp://user:password@host:587`."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "smtps",
        )


def message(
    *, sender: str, to: str, subject: str, body: str, html: str, language: str, key: str, at: datetime
) -> EmailMessage:
    """A mail of two forms. `key` makes its Message-ID: one that is sent twice by an accident is known as one."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{key}@{sender.rpartition('@')[2].rstrip('>') or 'kehub'}>"
    made["Auto-Submitted"] = "auto-generated"
    made["Content-Language"] = language
    made.set_content(body)
    if html:
        made.add_alternative(html, subtype="html")
    return made


def send(server: Server, mail: EmailMessage) -> None:
    """Hand it over. Raises MailFailed."""
    context = ssl.create_default_context()
    try:
        with _connected(server, context) as connection:
            if server.user is not None:
                connection.login(server.user, server.password or "")
            connection.send_message(mail)
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _text in refused.recipients.values()]
        raise MailFailed(str(codes[0]), lasting=all(code >= 500 for code in codes)) from None
    except smtplib.SMTPResponseException as answer:
        raise MailFailed(str(answer.smtp_code), lasting=_lasting(answer)) from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailFailed(type(error).__name__, lasting=False) from None


def _connected(server: Server, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
    connection = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    connection.ehlo_or_helo_if_needed()
    if connection.has_extn("starttls") or server.host not in LOOPBACK:
        connection.starttls(context=context)
    return connection


def _lasting(answer: smtplib.SMTPResponseException) -> bool:
    """A wrong password or a missing TLS is the operator's to correct: what waits goes out once it is."""
    return answer.smtp_code >= 500 and not isinstance(
        answer, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError
    )
