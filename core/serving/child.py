"""One process under the supervisor: forked, so that it need not import everything again, and tied to its parent's life.

It has a session of its own, so ctrl-C on the terminal reaches only the supervisor, which ends its children in order. A
pipe that only the supervisor holds open tells them when it is gone, however it went.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STEADY_SECONDS = 30.0
LONGEST_PAUSE = 30.0
LOG_LIMIT = 20_000_000


class Lifeline:
    """A pipe nobody writes to: its reading end says when the process that made it is gone."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()

    def follow(self) -> None:
        """In a child: be told to end when the parent is gone."""
        os.close(self._writing)
        threading.Thread(target=self._watch, daemon=True, name="lifeline").start()

    def _watch(self) -> None:
        os.read(self._reading, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def close(self) -> None:
        os.close(self._reading)
        os.close(self._writing)


class Child:
    """What runs in it, where its output goes, and whether it lives."""

    def __init__(self, name: str, run: Callable[[], object], *, log: Path | None = None) -> None:
        """`run` ends the process when it returns. Without `log` the child writes where we write."""
        self.name = name
        self.log = log
        self.pid: int | None = None
        self.starts = 0
        self._run = run
        self._started = 0.0
        self._quick_deaths = 0
        self._due = 0.0

    @property
    def due(self) -> bool:
        """Whether it is down and its pause is over."""
        return self.pid is None and time.monotonic() >= self._due

    def start(self, lifeline: Lifeline, *, close: Callable[[], object]) -> None:
        """Fork. `close` lets the child give up what only the supervisor and others need."""
        sys.stdout.flush()
        sys.stderr.flush()
        with _held_signals():
            pid = os.fork()
            if pid == 0:
                self._become(lifeline, close)
        self.pid, self._started = pid, time.monotonic()
        self.starts += 1

    def ended(self) -> int | None:
        """Its exit code if it has ended since last asked (minus the signal that killed it)."""
        if self.pid is None:
            return None
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return None
        self.pid = None
        lived = time.monotonic() - self._started
        self._quick_deaths = 0 if lived > STEADY_SECONDS else self._quick_deaths + 1
        self._due = time.monotonic() + self.pause
        return os.waitstatus_to_exitcode(status)

    @property
    def pause(self) -> float:
        """Seconds to wait before the next start: none after a steady life, doubling after quick deaths."""
        return min(LONGEST_PAUSE, 0.25 * 2**self._quick_deaths) if self._quick_deaths else 0.0

    def tell(self, number: signal.Signals) -> None:
        if self.pid is not None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """It and everything it forked."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def turn_log_over(self) -> None:
        """The child appends to the file it was given, so the file is copied and emptied, not renamed."""
        if self.log is not None and self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)

    def _become(self, lifeline: Lifeline, close: Callable[[], object]) -> NoReturn:
        code = 1
        try:
            os.setsid()
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self._redirect()
            close()
            lifeline.follow()
            self._run()
            code = 0
        except SystemExit as asked:
            code = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
        except BaseException:  # nothing may climb into the supervisor's own code
            traceback.print_exc()
        finally:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _redirect(self) -> None:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        if self.log is None:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.close(file)


@contextlib.contextmanager
def _held_signals() -> Iterator[None]:
    """A signal that comes while we fork waits, so that no child takes it for its parent."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
