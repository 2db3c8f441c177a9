"""`list`: our `GET /api/v1/customers?limit=50` against the bare program of limit_list.py, which answers the same JSON.

Ours does what every request does: token, scope and isolation in the database, permission, the provider's lease, masks.
Rounds are interleaved, so that what else the machine does meets both. The ratio is the median of the rounds' ratios, the
other figures are medians of their own.
"""

from __future__ import annotations

import json
import statistics
from typing import Any

from bench import data
from bench.load import Round, Target, fetch, measure, medians, served
from core.db import home

ROUNDS = 21
SECONDS = 0.6
WARM_SECONDS = 0.5
PARTIES = ("client", "provider")


def run() -> dict[str, Any]:
    made = data.prepare()
    tokens = data.tokens(made)
    config = data.bench_config()
    limit = {
        "LIMIT_DATABASE": home.server(config).superuser_conninfo(home.DATABASE),
        "LIMIT_TENANT": made["tenant_id"],
        "LIMIT_ENGAGEMENT": made["engagement_id"],
    }
    ours = {"KEHUB_DATA_DIR": str(data.FOLDER)}
    with served("wsgi:app", environment=ours) as our_port, served("bench.limit_list:app", environment=limit) as port:
        targets = {
            **{("ours", party): _ours(our_port, tokens[party]) for party in PARTIES},
            **{(kind, party): Target(port, f"/{kind}/{party}", {}) for kind in ("limit", "noop") for party in PARTIES},
        }
        _warm(targets)
        kept = _rounds(targets)
    return _told(kept)


def _ours(port: int, token: str) -> Target:
    return Target(port, "/api/v1/customers?limit=50", {"Authorization": f"Bearer {token}"})


def _warm(targets: dict[tuple[str, str], Target]) -> None:
    """Both programs answer the same, or the comparison is of nothing. Then everything is prepared and cached."""
    for party in PARTIES:
        ours, limit = (json.loads(fetch(targets[kind, party])) for kind in ("ours", "limit"))
        assert len(ours["data"]) == 50
        assert ours == limit, f"{party}: the answers differ: {ours['data'][0]} / {limit['data'][0]}"
    for target in targets.values():
        measure(target, seconds=WARM_SECONDS)


def _rounds(targets: dict[tuple[str, str], Target]) -> dict[tuple[str, str], list[Round]]:
    """Ours and the limit side by side, first the one and then the other."""
    kept: dict[tuple[str, str], list[Round]] = {key: [] for key in targets}
    for number in range(ROUNDS):
        for party in PARTIES:
            pair = [("ours", party), ("limit", party)]
            for key in (*(reversed(pair) if number % 2 else pair), ("noop", party)):
                kept[key].append(measure(targets[key], seconds=SECONDS))
        data.say(f"list: round {number + 1} of {ROUNDS}: {_ratios(kept, 'client')[-1]:.3f}")
    return kept


def _ratios(kept: dict[tuple[str, str], list[Round]], party: str) -> list[float]:
    pairs = zip(kept["ours", party], kept["limit", party], strict=True)
    return [ours.per_second / limit.per_second for ours, limit in pairs]


def _told(kept: dict[tuple[str, str], list[Round]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for party, prefix in (("client", ""), ("provider", "provider_")):
        ours, limit, noop = (medians(kept[kind, party]) for kind in ("ours", "limit", "noop"))
        told |= {
            f"{prefix}ratio": round(statistics.median(_ratios(kept, party)), 3),
            f"{prefix}p50_ms": round(ours.p50_ms, 2),
            f"{prefix}limit_p50_ms": round(limit.p50_ms, 2),
            f"{prefix}per_second": round(ours.per_second),
            f"{prefix}limit_per_second": round(limit.per_second),
            f"{prefix}noop_per_second": round(noop.per_second),
        }
    return {**told, "rounds": ROUNDS}
