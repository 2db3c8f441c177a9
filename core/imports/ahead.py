"""Read and check the next rows while the database is busy with those before: two processors work on one import, not one.

Only text and declarations are touched in the other thread, never the session. What was read ahead is kept from one slice to
the next (`Kept`) as long as the run stands where it ended and nothing that it was read by has changed; else it is forgotten and
the rows are read again: the place in the file goes with the run, never with this process.
"""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID

from core.imports.columns import RowParser, parsed
from core.imports.reading import Rows
from core.imports.staging import Staged, Staging

FEWEST, MOST = 500, 3000
"""Rows of a batch. It begins with twice the fewest and grows as long as it is done in `GOAL` seconds."""
GOAL = 0.6
RUNS = 4
"""Runs of which this process remembers how far it has read."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`offset` and `line` are where the rows after these begin. `more`: there may be some."""

    staged: Staged
    offset: int
    line: int
    more: bool


class Ahead:
    """One file's rows, at most one batch of them under way. `by` is all that they are read by, compared by identity and value."""

    def __init__(self, rows: Rows, *, parser: RowParser, staging: Staging, by: tuple[Any, ...]) -> None:
        self.rows, self.parser, self.staging, self.by = rows, parser, staging, by
        self.place = (rows.offset, rows.line)
        self._size = 2 * FEWEST
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")
        self._next: Future[Batch] | None = None

    def take(self) -> Batch:
        """The next batch, read by now or at once; the one after it is begun."""
        batch = self._read() if self._next is None else self._next.result()
        self.place = (batch.offset, batch.line)
        self._next = self._pool.submit(self._read) if batch.more else None
        return batch

    def learn(self, seconds: float) -> None:
        """How long a batch took to load: the ones to come are as large as is done in time."""
        self._size = max(FEWEST, min(MOST, int(self._size * GOAL / max(seconds, GOAL / 4))))

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        self.rows.close()

    def _read(self) -> Batch:
        size = self._size
        found = parsed(self.rows, self.parser, count=size)
        return Batch(self.staging(found), self.rows.offset, self.rows.line, len(found) == size)


class Kept:
    """Readers of runs that go on with their next slice, by run. One that is taken out is somebody's own."""

    def __init__(self) -> None:
        self._held: OrderedDict[UUID, Ahead] = OrderedDict()
        self._lock = Lock()

    def take(self, run_id: UUID) -> Ahead | None:
        with self._lock:
            return self._held.pop(run_id, None)

    def put(self, run_id: UUID, ahead: Ahead) -> None:
        with self._lock:
            self._held[run_id] = ahead
            over = [self._held.popitem(last=False)[1] for _ in range(len(self._held) - RUNS)]
        for each in over:
            each.close()
