"""Mails: in the reader's language, with nothing personal in the subject, handed to a real server, tried again, kept as evidence."""

from __future__ import annotations

import email.message
import email.policy
import socketserver
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from core.db.base import db
from core.notify import smtp
from core.notify.jobs import WAITS
from core.notify.kinds import KINDS
from core.notify.mailing import subject_of
from core.testing.jobs import work_off


class Postbox(socketserver.ThreadingTCPServer):
    """A mail server of one address: it speaks as much SMTP as a client needs, and answers RCPT as it is told."""

    daemon_threads = allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.received: list[tuple[str, email.message.EmailMessage]] = []
        self.answers: list[str] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("220 postbox")
        to = ""
        while line := self.rfile.readline():
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
                self.say(self.server.answers.pop(0) if self.server.answers else "250 ok")
            elif verb == b"DATA":
                self.say("354 go on")
                self.server.received.append((to, self.letter()))
                self.say("250 taken")
            else:
                self.say("221 bye" if verb == b"QUIT" else "250 ok")
            if verb == b"QUIT":
                return

    def letter(self) -> email.message.EmailMessage:
        lines = iter(self.rfile.readline, b".\r\n")
        return email.message_from_bytes(b"".join(lines), policy=email.policy.default)

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@pytest.fixture
def postbox():
    with Postbox() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def sending(app, postbox):
    """The app is configured to send by the postbox."""
    held = app.extensions["kehub"]
    config = held["config"]
    held["config"] = replace(
        config, smtp_url=postbox.url, mail_from="客汇 <crm@example.com>", public_url="https://crm.example.com"
    )
    yield postbox
    held["config"] = config


def key(person):
    return person.context.participant_id


def waiting(app, world):
    """Jobs that wait for a later time: what is tried again, and when."""
    with app.app_context(), db.engine.begin() as connection:
        return connection.scalar(
            text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_mail' AND status = 'todo'"
                 " AND args->>'tenant_id' = :tenant AND scheduled_at > now()"),
            {"tenant": str(world.tenant_id)},
        )  # fmt: skip


def later_is_now(app, world):
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(
            text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'send_mail'"
                 " AND args->>'tenant_id' = :tenant"),
            {"tenant": str(world.tenant_id)},
        )  # fmt: skip


def test_a_mail_reaches_its_reader_through_a_real_server(world, sending, tell, wish, mails):
    wish(world.dan, mail="now")
    subject = ("case", world.engagement_id)
    tell(world.alice, participants=[key(world.dan)], subject=subject)
    ((to, letter),) = sending.received
    assert to == world.dan.email
    assert letter["From"] == "客汇 <crm@example.com>"
    assert "1007" in letter["Subject"]
    assert letter["Auto-Submitted"] == "auto-generated"
    plain, html = (letter.get_body(preferencelist=(kind,)).get_content() for kind in ("plain", "html"))
    link = f"https://crm.example.com/t/{world.engagement_slug}/cases/{world.engagement_id}"
    assert link in plain
    assert f'href="{link}"' in html
    (row,) = mails()
    assert (row.state, row.attempts, row.error) == ("sent", 1, None)
    assert letter["Message-ID"] == f"<{row.id}@example.com>"


def test_without_a_server_the_mail_stays_in_the_outbox(world, tell, wish, mails):
    wish(world.dan, mail="now")
    tell(world.alice, participants=[key(world.dan)])
    assert [(row.state, row.attempts) for row in mails()] == [("waiting", 0)]


def test_a_server_that_is_busy_is_asked_again_later(world, app, sending, tell, wish, mails):
    wish(world.dan, mail="now")
    sending.answers += ["451 later", "452 full"]
    tell(world.alice, participants=[key(world.dan)])
    assert [(row.state, row.attempts, row.error) for row in mails()] == [("waiting", 1, "451")]
    assert waiting(app, world) == 1
    for _ in range(2):
        later_is_now(app, world)
        work_off(app, tenant_id=world.tenant_id)
    assert [(row.state, row.attempts, row.error) for row in mails()] == [("sent", 3, None)]
    assert len(sending.received) == 1


def test_an_address_that_does_not_exist_is_given_up_at_once(world, app, sending, tell, wish, mails):
    wish(world.dan, mail="now")
    sending.answers.append(f"550 no such user {world.dan.email}")
    tell(world.alice, participants=[key(world.dan)])
    assert [(row.state, row.attempts, row.error) for row in mails()] == [("failed", 1, "550")]
    assert waiting(app, world) == 0


def test_a_server_that_is_away_is_tried_as_often_as_there_are_waits(world, app, tell, wish, mails):
    held, config = app.extensions["kehub"], app.extensions["kehub"]["config"]
    held["config"] = replace(config, smtp_url="smtp://127.0.0.1:9")
    try:
        wish(world.dan, mail="now")
        tell(world.alice, participants=[key(world.dan)])
        for _ in WAITS:
            assert [row.state for row in mails()] == ["waiting"]
            later_is_now(app, world)
            work_off(app, tenant_id=world.tenant_id)
    finally:
        held["config"] = config
    assert [(row.state, row.attempts, row.error) for row in mails()] == [("failed", 7, "ConnectionRefusedError")]


def test_a_mail_that_failed_is_sent_again_by_hand(world, app, sending, tell, wish, mails, in_english):
    wish(world.dan, mail="now")
    sending.answers.append("550 no")
    tell(world.alice, participants=[key(world.dan)])
    (row,) = mails()
    alice = in_english(world.alice)
    assert "Send again" in alice.get(f"/outbox/{row.id}").text
    assert alice.post(f"/outbox/{row.id}/again").status_code == 303
    work_off(app, tenant_id=world.tenant_id)
    assert [row.state for row in mails()] == ["sent"]
    assert alice.post(f"/outbox/{row.id}/again").status_code == 409


def test_only_a_server_on_this_machine_is_spoken_to_in_the_clear(postbox):
    server = replace(smtp.Server.of(postbox.url), host="127.1")  # the same machine, by a name that is not known to be
    letter = email.message.EmailMessage()
    letter["From"], letter["To"] = "a@example.com", "b@example.com"
    with pytest.raises(smtp.MailFailed, match="SMTPNotSupportedError"):
        smtp.send(server, letter)
    assert postbox.received == []


def test_addresses_of_servers_are_read():
    read = smtp.Server.of("smtps://crm%40example.com:p%3Ass@mail.example.com")
    assert read == smtp.Server(host="mail.example.com", port=465, user="crm@example.com", password="p:ss", tls=True)
    assert smtp.Server.of("smtp://mail.example.com").port == 587


@given(
    kind=st.sampled_from(sorted(KINDS)),
    values=st.dictionaries(
        st.sampled_from(["number", "name", "rule", "due"]),
        st.one_of(
            st.integers(), st.text(min_size=3), st.booleans(), st.dictionaries(st.just("en"), st.text(min_size=3))
        ),
    ),
)
def test_a_subject_is_made_of_the_kinds_name_and_a_number_only(app, kind, values):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        subject = subject_of(kind, values)
    number = values.get("number")
    counted = isinstance(number, int) and not isinstance(number, bool)
    assert subject == f"Kehub: {KINDS[kind].label['en']}" + (f", no. {number}" if counted else "")
