"""A receiver on loopback that verifies what it gets, and a tenant whose installation may call it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Receiver:
    """What listens at an address. `answers` are given in order; when they are used up it says 204."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status, headers = receiver.answers.pop(0) if receiver.answers else (204, {})
            self.send_response(status)
            for name, value in {"content-length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def receiver(listening: Receiver) -> Receiver:
    listening.answers.clear()
    listening.heard.clear()
    return listening


@pytest.fixture
def own_network(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that may call its own network."""
    kehub = app.extensions["kehub"]
    monkeypatch.setitem(kehub, "config", replace(kehub["config"], private_network=True))


@pytest.fixture
def listen(api: Any, world: Any, receiver: Receiver, own_network: None) -> Callable[..., dict[str, Any]]:
    """Alice's tenant adds an address; the answer with its secret."""

    def add(*events: str) -> dict[str, Any]:
        body = {"name": "Warehouse", "url": receiver.url, "events": list(events or ("*",))}
        answer = api(world.alice).post("/webhook-endpoints", body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    return add
