"""`masking`: our `GET /api/v1/customers?limit=50` for who sees masks against the same for who sees all, rows and statement alike.

Both are the client's own tokens: one includes `customer.clear`. What differs is the masks alone, compiled once per view and
sight. Rounds are interleaved; the ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import json
import statistics
from typing import Any

from bench import data
from bench.load import Round, Target, fetch, measure, medians, served

ROUNDS = 15
SECONDS = 0.6
WARM_SECONDS = 0.5


def run() -> dict[str, Any]:
    tokens = data.tokens(data.prepare())
    with served("wsgi:app", environment={"KEHUB_DATA_DIR": str(data.FOLDER)}) as port:
        targets = {kind: _target(port, tokens[kind]) for kind in ("client", "masked")}
        _warm(targets)
        kept: dict[str, list[Round]] = {kind: [] for kind in targets}
        for number in range(ROUNDS):
            for kind in reversed(targets) if number % 2 else targets:
                kept[kind].append(measure(targets[kind], seconds=SECONDS))
            data.say(f"masking: round {number + 1} of {ROUNDS}: {_ratios(kept)[-1]:.3f}")
    masked, clear = medians(kept["masked"]), medians(kept["client"])
    return {
        "ratio": round(statistics.median(_ratios(kept)), 3),
        "p50_ms": round(masked.p50_ms, 2),
        "clear_p50_ms": round(clear.p50_ms, 2),
        "per_second": round(masked.per_second),
        "clear_per_second": round(clear.per_second),
        "rounds": ROUNDS,
    }


def _target(port: int, token: str) -> Target:
    return Target(port, "/api/v1/customers?limit=50", {"Authorization": f"Bearer {token}"})


def _warm(targets: dict[str, Target]) -> None:
    """The same customers, with and without masks, or the comparison is of nothing."""
    clear, masked = (json.loads(fetch(targets[kind]))["data"] for kind in ("client", "masked"))
    assert [row["id"] for row in clear] == [row["id"] for row in masked]
    assert all("*" in row["name"] and row["name"] != other["name"] for row, other in zip(masked, clear, strict=True))
    for target in targets.values():
        measure(target, seconds=WARM_SECONDS)


def _ratios(kept: dict[str, list[Round]]) -> list[float]:
    return [masked.per_second / clear.per_second for masked, clear in zip(kept["masked"], kept["client"], strict=True)]
