"""A domain is proved by a record that only its owner can set: asked of a name server on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dns.message
import dns.rcode
import dns.rrset
import pytest

from core.db import scope
from core.errors import Conflict, Invalid, Unavailable
from core.sso import domains, service


@contextmanager
def name_server(records: dict[str, str]) -> Iterator[str]:
    """Answers TXT questions from `records`; what it does not know does not exist."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    data, peer = server.recvfrom(4096)
                except TimeoutError:
                    continue
                question = dns.message.from_wire(data)
                answer = dns.message.make_response(question)
                name = question.question[0].name
                text = records.get(name.to_text(omit_final_dot=True))
                if text is None:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                else:
                    answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{text}"'))
                server.sendto(answer.to_wire(), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


@pytest.fixture
def alice(session: Any, world: Any) -> Iterator[Any]:
    scope.enter(session, world.alice.context)
    yield world.alice.context
    session.rollback()


def test_a_domain_counts_once_its_record_is_there(session: Any, alice: Any) -> None:
    row = domains.add(session, context=alice, domain="例子.Example")
    name, text = domains.record_of(row)
    assert row.domain == "xn--fsqu00a.example"
    records = {name: "kehub-domain=of-somebody-else"}
    with name_server(records) as server:
        resolver = domains.resolver(server)
        with pytest.raises(Conflict):
            domains.prove(session, context=alice, domain_id=row.id, resolver=resolver)
        assert domains.verified(session) == frozenset()
        records[name] = text
        domains.prove(session, context=alice, domain_id=row.id, resolver=resolver)
    assert domains.verified(session) == {"xn--fsqu00a.example"}


def test_a_name_server_that_is_away_is_told_from_a_record_that_is_missing(session: Any, alice: Any) -> None:
    row = domains.add(session, context=alice, domain="corp.example")
    with name_server({}) as server:
        pass
    resolver = domains.resolver(server)
    resolver.lifetime = resolver.timeout = 0.2
    with pytest.raises(Unavailable):
        domains.prove(session, context=alice, domain_id=row.id, resolver=resolver)
    with name_server({}) as server, pytest.raises(Conflict):
        domains.prove(session, context=alice, domain_id=row.id, resolver=domains.resolver(server))


@pytest.mark.parametrize("text", ["", "com", "a b.example", "-.", "http://corp.example/x", "x" * 300 + ".example"])
def test_what_is_no_domain_is_refused(session: Any, alice: Any, text: str) -> None:
    with pytest.raises(Invalid):
        domains.add(session, context=alice, domain=text)


def test_a_provider_in_use_keeps_its_last_proved_domain(door: Any, session: Any, world: Any) -> None:
    scope.enter(session, world.alice.context)
    (row,) = domains.rows(session)
    with pytest.raises(Conflict):
        domains.remove(session, context=world.alice.context, domain_id=row.id)
    service.switch(session, context=world.alice.context, provider_id=door.provider_id, on=False)
    domains.remove(session, context=world.alice.context, domain_id=row.id)
    assert domains.rows(session) == []
