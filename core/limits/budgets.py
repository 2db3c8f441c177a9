"""What may be spent: every budget, its usual size, and the error of who has spent it.

`KEHUB_LIMITS` sets others: `reset=5/3600` is five in an hour, `export=off` is none at all. A budget is kept per key: an address, a
person, a token. `docs/guide/limits.md` explains them to whoever runs Kehub.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import N_, TooMany


@dataclass(frozen=True, kw_only=True)
class Budget:
    """`most` in `seconds`, in a window that slides. `most` 0: not limited."""

    name: str
    most: int
    seconds: int


USUAL: Mapping[str, Budget] = {
    budget.name: budget
    for budget in (
        # Counted by each process and added up each second: they cost a request nothing.
        Budget(name="address", most=30_000, seconds=60),  # a call centre of 500 may come from one address
        Budget(name="user", most=1_200, seconds=60),
        Budget(name="token", most=6_000, seconds=60),
        # Counted in the database at once, to the last one.
        Budget(name="sign_in", most=300, seconds=60),
        Budget(name="step_up", most=10, seconds=600),
        Budget(name="reset", most=5, seconds=3_600),
        Budget(name="reset_address", most=20, seconds=3_600),
        Budget(name="invitation", most=200, seconds=86_400),
        Budget(name="sign_up", most=20, seconds=3_600),
        Budget(name="sign_up_address", most=3, seconds=3_600),
        Budget(name="sign_up_confirm", most=10, seconds=3_600),
        Budget(name="sign_up_look", most=600, seconds=3_600),
        Budget(name="reveal", most=60, seconds=3_600),
        Budget(name="search", most=120, seconds=3_600),
        Budget(name="export", most=20, seconds=3_600),
        Budget(name="attachment", most=300, seconds=3_600),
        Budget(name="refusal", most=1, seconds=3_600),
    )
}
"""Budgets by name."""

BUDGETS: dict[str, Budget] = dict(USUAL)
"""Those of this process, as configured."""


class Spent(TooMany):
    """A budget is spent. `wait` is in seconds."""

    default = N_("Too many requests. Try again in %(wait)s seconds.")

    def __init__(self, budget: Budget, *, wait: int) -> None:
        super().__init__(wait=wait)
        # Retry-After is RFC 9110's, the two others are of the IETF's draft on rate limit headers.
        self.headers = {
            "Retry-After": str(wait),
            "RateLimit": f'"{budget.name}";r=0;t={wait}',
            "RateLimit-Policy": f'"{budget.name}";q={budget.most};w={budget.seconds}',
        }


def configure(given: Mapping[str, tuple[int, int] | None]) -> None:
    """Take the configured budgets. Raises ValueError that names one that does not exist."""
    unknown = sorted(given.keys() - USUAL.keys())
    if unknown:
        raise ValueError(f"KEHUB_LIMITS names {', '.join(unknown)}; there are {', '.join(USUAL)}")
    BUDGETS.clear()
    BUDGETS.update(USUAL)
    for name, size in given.items():
        most, seconds = size or (0, 1)
        BUDGETS[name] = Budget(name=name, most=most, seconds=seconds)
