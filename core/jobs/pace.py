"""How many rows a slice takes at a time: as many as the time that is left allows, at the pace of those before them.

With batches of one size a slice ends late by as much as the last batch takes, which on a busy machine is seconds.
"""

from __future__ import annotations

import time

FIRST = 100
"""Rows of the first batch, which every slice does."""
LEAST = 10
"""For fewer no batch is begun."""


class Pace:
    """Ask `rows` before a batch, tell `did` after it."""

    def __init__(self, until: float, *, most: int) -> None:
        self._until, self._most = until, most
        self._began, self._done, self._begun = time.monotonic(), 0, False

    def rows(self) -> int:
        """Of the next batch; 0 when there is no time for one."""
        if not self._begun:
            self._begun = True
            return min(FIRST, self._most)
        now = time.monotonic()
        if now >= self._until:
            return 0
        if not self._done:
            return min(FIRST, self._most)
        wanted = int((self._until - now) * self._done / max(now - self._began, 1e-6))
        return min(wanted, self._most) if wanted >= LEAST else 0

    def did(self, rows: int) -> None:
        self._done += rows
