"""Spend from budgets, in two ways.

`take` asks the database at once, in a transaction of its own, so that what is spent stays spent whatever becomes of the act: for
what is dear. `pass_by` is for every request: a process counts by itself and, once a second, adds what it counted to what all have
counted and reads the sums (`flush`, one statement for all keys, after an answer went out). A request therefore waits for nothing,
and what may be spent too much is what all processes let pass within a second.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import orjson
import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from core.audit import keys
from core.limits.budgets import BUDGETS, Budget, Spent

LOG = structlog.get_logger(__name__)
FLUSH_SECONDS = 1.0
MOST_KEYS = 50_000
"""Keys one process remembers; then it forgets those that rest. Addresses are for whoever attacks to make up."""

clock: Callable[[], float] = time.time


@lru_cache(maxsize=8192)
def key_of(budget: str, whom: str) -> bytes:
    """The key of whom a budget is kept for: a keyed digest, so that the table tells of nobody."""
    return bytes.fromhex(keys.digest(f"{budget}:{whom}", tenant_id=None, purpose="limit"))


def allowed(engine: Engine, *, budget: str, whom: str, cost: int = 1) -> bool:
    """Spend from a budget, if that much is left. Whether it was."""
    found = BUDGETS[budget]
    if not found.most:
        return True
    with engine.begin() as connection:
        return bool(
            connection.execute(
                text("SELECT allowed FROM limit_take(:key, :cost, :most, :seconds)"),
                {"key": key_of(budget, whom), "cost": cost, "most": found.most, "seconds": found.seconds},
            ).scalar_one()
        )


def take(engine: Engine, *, budget: str, whom: str, cost: int = 1) -> None:
    """Spend from a budget. Raises Spent where not that much is left."""
    if not allowed(engine, budget=budget, whom=whom, cost=cost):
        found = BUDGETS[budget]
        raise Spent(found, wait=_wait(found, time.time()))


def _wait(budget: Budget, now: float) -> int:
    """Seconds until the present slot is over: what was spent in it then counts for less and less."""
    return max(1, ceil(budget.seconds - now % budget.seconds))


@dataclass(slots=True)
class Count:
    """What a process knows of one key: what it counted and has not told, and what all had counted when it last asked."""

    budget: Budget
    slot: int
    untold: int = 0
    total: int = 0
    before: int = 0

    def spent(self, now: float) -> float:
        part = 1 - (now / self.budget.seconds - self.slot)
        return self.total + self.untold + self.before * part


class Counter:
    """The counts of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[bytes, Count] = {}
        self._flushed = 0.0

    def pass_by(self, *, budget: str, whom: str) -> None:
        """Count one request. Raises Spent where the budget is spent; a request that is refused is not counted."""
        found = BUDGETS[budget]
        if not found.most:
            return
        now, key = clock(), key_of(budget, whom)
        with self._lock:
            count = self._current(key, found, now)
            if count.spent(now) >= found.most:
                raise Spent(found, wait=_wait(found, now))
            count.untold += 1

    def _current(self, key: bytes, budget: Budget, now: float) -> Count:
        slot = int(now // budget.seconds)
        count = self._counts.get(key)
        if count is None or count.budget is not budget or count.slot < slot - 1:
            count = self._counts[key] = Count(budget, slot)
        elif count.slot == slot - 1:
            count = self._counts[key] = Count(budget, slot, before=count.total + count.untold)
        return count

    def flush(self, engine: Engine, *, force: bool = False) -> None:
        """Tell the database what was counted since the last time, and learn what the others counted."""
        now = clock()
        with self._lock:
            if not force and now - self._flushed < FLUSH_SECONDS:
                return
            self._flushed = now
            told = [
                {"key": key.hex(), "slot": count.slot, "count": count.untold, "seconds": count.budget.seconds}
                for key, count in self._counts.items()
                if count.untold
            ]
            for count in self._counts.values():
                count.total, count.untold = count.total + count.untold, 0
            if len(self._counts) > MOST_KEYS:
                self._counts.clear()
        if told:
            self._learn(engine, orjson.dumps(told).decode())

    def _learn(self, engine: Engine, told: str) -> None:
        """A database that does not answer stops nobody here: the next statement of the request will say so."""
        try:
            with engine.begin() as connection:
                rows = connection.execute(text("SELECT * FROM limit_flush(CAST(:told AS jsonb))"), {"told": told}).all()
        except SQLAlchemyError as error:
            LOG.warning("limits not counted", error=type(error).__name__)
            return
        with self._lock:
            for row in rows:
                count = self._counts.get(bytes.fromhex(row.key))
                if count is not None and count.slot == row.slot:
                    count.total, count.before = row.total, row.before


COUNTER = Counter()
"""Of this process."""


def _forked() -> None:
    """A process that was forked counts for itself: what it inherited, its parent tells."""
    Counter.__init__(COUNTER)


os.register_at_fork(after_in_child=_forked)
