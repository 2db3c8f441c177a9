"""The supervisor: what dies comes back, ctrl-C ends everything in order, and nothing outlives it."""

from __future__ import annotations

import json
import multiprocessing
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.serving.address import ServeRefused
from core.serving.child import Child
from core.serving.supervisor import HURRIED, Supervisor

FORK = multiprocessing.get_context("fork")
PATIENCE = 20


class Wire:
    """What the processes of a test tell it, one JSON line each."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        self._rest = b""

    def tell(self, **said: Any) -> None:
        os.write(self._writing, json.dumps({**said, "pid": os.getpid()}).encode() + b"\n")

    def hear(self) -> dict[str, Any]:
        while b"\n" not in self._rest:
            assert select.select([self._reading], [], [], PATIENCE)[0], "nothing was told"
            self._rest += os.read(self._reading, 4096)
        line, self._rest = self._rest.split(b"\n", 1)
        return dict(json.loads(line))

    def close(self) -> None:
        os.close(self._reading)
        os.close(self._writing)


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


def worker(name: str, wire: Wire, *, stubborn: bool = False) -> Callable[[], None]:
    """Tells that it began and, asked to end, that it ended; a stubborn one does not end."""

    def run() -> None:
        def end(_number: int, _frame: Any) -> None:
            if not stubborn:
                wire.tell(ended=name)
                sys.exit(0)

        signal.signal(signal.SIGTERM, end)
        wire.tell(began=name)
        while True:
            signal.pause()

    return run


def supervise(wire: Wire, *children: Child) -> multiprocessing.process.BaseProcess:
    def run() -> None:
        supervisor = Supervisor(children, say=lambda said: None, close=lambda: wire.tell(closed=True))
        sys.exit(supervisor.run(ready=lambda: True, welcome=lambda: wire.tell(welcome=True)))

    process = FORK.Process(target=run)
    process.start()
    return process


def heard(wire: Wire, count: int) -> list[dict[str, Any]]:
    return [wire.hear() for _ in range(count)]


def started(wire: Wire, count: int) -> dict[str, int]:
    """The pids of that many children, once all began and the welcome was said."""
    pids = {said["began"]: said["pid"] for said in heard(wire, 2 * count) if "began" in said}
    assert len(pids) == count
    return pids


def test_a_killed_child_is_started_again(wire):
    process = supervise(wire, Child("web", worker("web", wire)))
    first = {key: said for said in heard(wire, 2) for key in said}["began"]["pid"]
    os.kill(first, signal.SIGKILL)
    again = wire.hear()
    assert again["began"] == "web"
    assert again["pid"] != first
    os.kill(process.pid or 0, signal.SIGTERM)
    process.join(PATIENCE)
    assert process.exitcode == 0


def test_ctrl_c_closes_the_door_then_ends_the_pages_then_the_worker(wire):
    process = supervise(wire, Child("web", worker("web", wire)), Child("worker", worker("worker", wire)))
    told = [wire.hear() for _ in range(4)]  # the worker closes its copy of the door, too
    assert {said.get("began") for said in told} >= {"web", "worker"}
    os.kill(process.pid or 0, signal.SIGINT)
    told = heard(wire, 3)
    process.join(PATIENCE)
    assert [next(iter(said.items())) for said in told] == [("closed", True), ("ended", "web"), ("ended", "worker")]
    assert process.exitcode == 0


def test_a_second_ctrl_c_does_not_wait(wire):
    process = supervise(wire, Child("web", worker("web", wire, stubborn=True)))
    heard(wire, 2)
    os.kill(process.pid or 0, signal.SIGINT)
    assert wire.hear()["closed"]
    os.kill(process.pid or 0, signal.SIGINT)
    process.join(PATIENCE)
    assert process.exitcode == HURRIED


def test_children_do_not_outlive_a_killed_supervisor(wire):
    process = supervise(wire, Child("web", worker("web", wire)))
    heard(wire, 2)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(PATIENCE)
    assert wire.hear()["ended"] == "web"


def test_pages_that_never_start_are_told_with_their_last_words(tmp_path: Path):
    def fail() -> None:
        os.write(2, b"the licence has run out\n")
        sys.exit(3)

    supervisor = Supervisor([Child("web", fail, log=tmp_path / "web.log")], say=lambda said: None)
    with pytest.raises(ServeRefused, match=r"web does not start \(exit code 3\)(.|\n)*the licence has run out"):
        supervisor.run(ready=lambda: False, welcome=lambda: None)


def test_a_child_that_dies_at_once_is_given_longer_and_longer_pauses(wire):
    said: list[str] = []
    stop = threading.Event()
    child = Child("worker", lambda: sys.exit(1))

    def ready() -> bool:
        if len(said) == 3 and not stop.is_set():
            stop.set()
            os.kill(os.getpid(), signal.SIGTERM)
        return False

    Supervisor([Child("web", worker("web", wire)), child], say=said.append).run(ready=ready, welcome=lambda: None)
    assert [line.rsplit("again in ")[1] for line in said[:3]] == ["0.5 s", "1.0 s", "2.0 s"]
