"""Serve a WSGI program with one gunicorn sync worker, and load it with one client that waits for each answer.

The client is this process: plain sockets, one request per connection, as a sync worker closes it after each. Server,
client and database share the machine for both programs alike.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from core.config import CHECKOUT

WAIT = 60.0


@dataclass(frozen=True)
class Round:
    """One round: requests per second and the median time of a request."""

    per_second: float
    p50_ms: float


@dataclass(frozen=True)
class Target:
    """Where to ask for what."""

    port: int
    path: str
    headers: Mapping[str, str]

    @property
    def request(self) -> bytes:
        lines = [f"GET {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()


OUT_OF_REACH = "address=99999999/60,user=99999999/60,token=99999999/60"
"""Requests are counted as always; no bench comes near the end of these budgets."""


@contextmanager
def served(application: str, *, environment: Mapping[str, str], workers: int = 1) -> Iterator[int]:
    """The port where sync workers serve `module:app`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "--workers", str(workers), "--worker-class", "sync", "--bind", f"127.0.0.1:{port}",
        "--log-level", "warning", application,
    ]  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KEHUB_")}
    server = subprocess.Popen(command, cwd=CHECKOUT, env={**kept, "KEHUB_LIMITS": OUT_OF_REACH, **environment})
    try:
        _await(port, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + WAIT
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server on port {port} did not start")


def fetch(target: Target) -> bytes:
    """The body of one answer. Raises RuntimeError unless it is 200."""
    head, _, body = exchange(target.port, target.request).partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{target.path}: {head.decode()}\n{body.decode()}")
    return body


def exchange(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(262144):
            parts.append(part)
    return b"".join(parts)


def measure(target: Target, *, seconds: float) -> Round:
    """Ask for as long as told."""
    request, times = target.request, []
    began = last = time.perf_counter()
    while last - began < seconds:
        answer = exchange(target.port, request)
        now = time.perf_counter()
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        times.append(now - last)
        last = now
    return Round(len(times) / (last - began), statistics.median(times) * 1000)


def medians(rounds: list[Round]) -> Round:
    return Round(statistics.median(r.per_second for r in rounds), statistics.median(r.p50_ms for r in rounds))
