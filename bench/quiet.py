"""What a 99th percentile needs of the machine: cores apart, data in memory, and rounds in which the host took nothing.

On a shared host the hypervisor takes the cores away meanwhile. `/proc/stat` tells how long (`steal`, proc(5)), in hundredths
of a second. A round in which more was taken than `TAKEN` is measured again; a system that does not tell has quiet rounds only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TAKEN = 0.01
"""The part of the cores' time."""

STEAL = 8
"""The place of the figure in the first line, after the word `cpu`."""

_STAT = Path("/proc/stat")


@contextmanager
def apart(server: int) -> Iterator[None]:
    """Give the database a core of its own and this process another, as on two machines: `server` is the postmaster.

    Otherwise one of them waits now and then until a slice of the other's, or of the database's housekeeping, ends (4 ms). It
    holds for connections made within; benches that follow in this process have all cores again.
    """
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if len(cores) < 2:
        yield
        return
    os.sched_setaffinity(server, {max(cores)})
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(server, cores)
        os.sched_setaffinity(0, cores)


class Watch:
    """Begun at once; asked at the end of a round."""

    def __init__(self) -> None:
        self._began, self._stolen = time.monotonic(), _stolen()

    def quiet(self) -> bool:
        room = (time.monotonic() - self._began) * (os.cpu_count() or 1) * os.sysconf("SC_CLK_TCK")
        return _stolen() - self._stolen <= TAKEN * room


def _stolen() -> int:
    """Hundredths of a second since the machine began, all cores together."""
    if not _STAT.exists():
        return 0
    return int(_STAT.read_text().split("\n", 1)[0].split()[STEAL])
