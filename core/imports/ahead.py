"""Read and check the next rows while the database is busy with those before: two processors work on one import, not one.

Only text and declarations are touched in the other thread, never the session. The place in the file goes with each batch, so
that what was read ahead and not loaded is simply read again by the next slice.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from core.imports.columns import Row, RowParser, parsed
from core.imports.reading import Rows


@dataclass(frozen=True, slots=True)
class Batch:
    """`offset` and `line` are where the rows after these begin. `more`: there may be some."""

    rows: list[Row]
    offset: int
    line: int
    more: bool


class Ahead:
    """At most one batch is under way."""

    def __init__(self, rows: Rows, parser: RowParser, *, count: int) -> None:
        self._rows, self._parser, self._count = rows, parser, count
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")
        self._next: Future[Batch] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)

    @property
    def begun(self) -> bool:
        return self._next is not None

    def begin(self) -> None:
        """Let the next batch be read."""
        self._next = self._pool.submit(self._read)

    def take(self) -> Batch:
        """The next batch, read by now or at once."""
        if self._next is None:
            return self._read()
        batch, self._next = self._next.result(), None
        return batch

    def _read(self) -> Batch:
        found = parsed(self._rows, self._parser, count=self._count)
        return Batch(found, self._rows.offset, self._rows.line, len(found) == self._count)
