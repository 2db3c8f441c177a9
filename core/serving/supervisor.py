"""The supervisor: starts its children, starts them again when they die, and ends them in order.

The first ctrl-C (or TERM, or a closed terminal) asks: the pages finish their requests, then the worker its slice. The
second does not wait. A signal only counts up; the loop acts on it, so nothing happens inside a handler.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from core.serving.address import ServeRefused
from core.serving.child import SIGNALS, Child, Lifeline

TICK = 0.1
PATIENCE = 60.0
FUTILE_STARTS = 3
HURRIED = 130


class Supervisor:
    """Holds children in the order in which they are to be ended."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        say: Callable[[str], object],
        close: Callable[[], object] = lambda: None,
        patience: float = PATIENCE,
    ) -> None:
        """`close` gives up the listening socket; `patience` is how many seconds a child may take to end."""
        self._children = children
        self._say = say
        self._close = close
        self._patience = patience
        self._asked = 0
        self._lifeline = Lifeline()

    def run(self, *, ready: Callable[[], bool], welcome: Callable[[], object]) -> int:
        """Until asked to stop. `welcome` is called once, when `ready`. The exit code; ServeRefused if it never was."""
        greeted = False
        with self._listening():
            try:
                while not self._asked:
                    self._tend(greeted)
                    if not greeted and not self._asked and ready():
                        welcome()
                        greeted = True
                    time.sleep(TICK)
            finally:
                self._close()
                for child in self._children:
                    self._end(child)
                self._lifeline.close()
        return HURRIED if self._asked > 1 else 0

    def _tend(self, greeted: bool) -> None:
        for child in self._children:
            code = child.ended()
            if code is not None:
                self._tell(child, code, greeted)
            if child.due:
                child.start(self._lifeline, close=self._close if child is not self._children[0] else _nothing)
            child.turn_log_over()

    def _tell(self, child: Child, code: int, greeted: bool) -> None:
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        if not greeted and child is self._children[0] and child.starts >= FUTILE_STARTS:
            raise ServeRefused(f"{child.name} does not start ({how}). It said:\n{child.last_words()}")
        where = f"; see {child.log}" if child.log else ""
        self._say(f"{child.name} ended ({how}) and is started again in {child.pause:.1f} s{where}")

    def _end(self, child: Child) -> None:
        """Ask it to end and wait, at most our patience and only until hurried."""
        if child.pid is not None:
            self._say(f"Stopping {child.name} ...")
            child.tell(signal.SIGTERM)
        deadline = time.monotonic() + self._patience
        while child.pid is not None:
            if self._asked > 1 or time.monotonic() > deadline:
                child.kill()
            if child.ended() is None:
                time.sleep(TICK / 5)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._count) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _count(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1


def _nothing() -> None:
    """The first child keeps the listening socket."""
