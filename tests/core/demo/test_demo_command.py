"""`kehub demo` as a person runs it: from nothing to a sign-in page, through ctrl-C, and again with the data kept."""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from core import config as configuration
from core.audit.commands import KEPT
from core.cli import main
from core.config import Config
from core.db import home
from core.db.embedded import EmbeddedServer
from core.demo.commands import forget

pytestmark = pytest.mark.slow
PATIENCE = 120
LOGIN = re.compile(r"^  (\S+@\S+) .*， ?", re.MULTILINE)


class Demo:
    """A running `kehub demo` and what it has said so far."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core.cli", "demo", "--port", str(port), "--customers", "60"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "KEHUB_DATA_DIR": str(folder), "KEHUB_VERTICALS": "logistics,telecom"},
        )  # fmt: skip

    def until(self, wanted: str) -> str:
        assert self.process.stdout is not None
        while wanted not in self.said:
            assert select.select([self.process.stdout], [], [], PATIENCE)[0], self.said
            part = os.read(self.process.stdout.fileno(), 65536)
            assert part, self.said
            self.said += part.decode()
        return self.said

    def served(self) -> str:
        """Wait for the welcome."""
        return self.until("begins anew")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.communicate(timeout=PATIENCE)[0].decode()
        return self.process.returncode

    def ask(self, method: str, path: str, **form: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(form), headers)
        return connection.getresponse()

    def sign_in(self, email: str, password: str) -> int:
        return self.ask("POST", "/login", email=email, password=password).status


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the data lie; the database's user must get through."""
    made = Path(tempfile.mkdtemp(prefix="kehub-demo-"))
    made.chmod(0o755)
    yield made
    EmbeddedServer(made / "postgres").destroy()
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def first(folder: Path, port: int) -> Iterator[Demo]:
    demo = Demo(folder, port)
    yield demo
    if demo.process.poll() is None:
        demo.process.kill()


def command(folder: Path, *arguments: str) -> str:
    """What another `kehub` says that is refused."""
    done = CliRunner().invoke(main, list(arguments), env={"KEHUB_DATA_DIR": str(folder)})
    assert done.exit_code == 1, done.output
    return done.output


def test_it_serves_the_sign_in_page_and_prints_a_login_for_each_role(first):
    first.served()
    assert first.ask("GET", "/login").status == 200
    password = re.search(r"password of each is (\S+)", first.said)
    assert password
    addresses = LOGIN.findall(first.said)
    assert len(addresses) == 2 * 2 + 2 * 4, (
        "an administrator and a manager of each client, four people of each provider"
    )
    assert {first.sign_in(address, password[1]) for address in (*addresses[:2], *addresses[4:6])} == {302}
    assert first.sign_in(addresses[0], "something else") == 422


def test_a_second_one_is_told_that_the_port_is_taken(first, folder):
    assert f"Port {first.port} on 127.0.0.1 is in use" in command(folder, "demo", "--port", str(first.port))


def test_nothing_is_reset_under_a_running_one(first, folder):
    assert "Another Kehub is running" in command(folder, "demo", "--reset", "--port", str(first.port + 1))
    assert first.ask("GET", "/login").status == 200


def test_a_killed_database_is_started_again(first, folder):
    server = EmbeddedServer(folder / "postgres")
    killed = server.pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while first.sign_in(LOGIN.findall(first.said)[0], "something else") != 422:
        assert time.monotonic() < deadline
    assert server.pid() not in (None, killed)


def asked_for(log: Path, *, path: str) -> list[dict[str, object]]:
    """The requests that are logged, once one for that path is among them: a line is written after the answer is sent."""
    deadline = time.monotonic() + PATIENCE
    requests: list[dict[str, object]] = []
    while path not in [line["path"] for line in requests]:
        assert time.monotonic() < deadline
        lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
        requests = [line for line in lines if line["event"] == "request"]
    return requests


def test_the_log_has_no_address_of_anybody(first, folder):
    first.ask("GET", "/t/huadong/customers/13800001234?q=13800001234")
    requests = asked_for(folder / "logs" / "web.log", path="/t/huadong/customers/*")
    for told in ("13800001234", "127.0.0.1", "@", "?"):
        assert told not in json.dumps(requests)


def test_ctrl_c_stops_pages_worker_and_last_the_database(first, folder):
    assert first.interrupt() == 0
    stopped = re.findall(r"^Stopping (?:the )?(\w+)", first.said, re.MULTILINE)
    assert (stopped[0], stopped[1], stopped[-1]) == ("web", "worker", "database")
    assert EmbeddedServer(folder / "postgres").pid() is None


def test_the_next_run_keeps_the_data(folder, port):
    again = Demo(folder, port)
    try:
        assert "Seeded" not in again.served()
        password = re.search(r"password of each is (\S+)", again.said)
        assert password
        assert again.sign_in(LOGIN.findall(again.said)[0], password[1]) == 302
        assert again.interrupt() == 0
    finally:
        again.process.kill()


def test_a_reset_leaves_nothing_but_downloads(folder):
    config = replace(Config(), data_dir=folder)
    for downloads in ("assets", "npm"):
        (folder / downloads).mkdir()
    (folder / KEPT).write_text("{}", encoding="utf-8")
    assert home.server(config).folder.exists()
    forget(config)
    left = {path.name for path in folder.iterdir()}
    assert left <= {"assets", "npm", "postgres", "in-use"}
    assert {"assets", "npm"} <= left
    assert not (folder / "postgres" / "data").exists()


def test_serving_does_not_migrate_but_says_who_does(folder, port):
    assert "kehub db upgrade" in command(folder, "serve", "--port", str(port))
    assert EmbeddedServer(folder / "postgres").pid() is None


def test_a_configured_database_gets_no_made_up_people(monkeypatch):
    for name, value in {
        "KEHUB_DATABASE_URL": "postgresql://app:secret@db.example/kehub",
        "KEHUB_SECRET_KEY": "x" * 40,
    }.items():
        monkeypatch.setenv(name, value)
    assert configuration.read().embedded is False
    done = CliRunner().invoke(main, ["demo"])
    assert done.exit_code == 1
    assert "Unset KEHUB_DATABASE_URL" in done.output
