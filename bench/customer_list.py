"""`list`: our `GET /api/v1/customers?limit=50` against the bare program of limit_list.py, which answers the same JSON.

Ours does what every request does: token, scope and isolation in the database, permission, the provider's lease, masks.
Rounds are interleaved, so that what else the machine does meets both; the figures are medians.
"""

from __future__ import annotations

import json
from typing import Any

from bench import data
from bench.load import Round, Target, fetch, measure, medians, served
from core.db import home

ROUNDS = 21
SECONDS = 0.6
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
        figures = _rounds(targets)
    return _told(figures)


def _ours(port: int, token: str) -> Target:
    return Target(port, "/api/v1/customers?limit=50", {"Authorization": f"Bearer {token}"})


def _warm(targets: dict[tuple[str, str], Target]) -> None:
    """Both programs answer the same, or the comparison is of nothing. Then everything is prepared and cached."""
    for party in PARTIES:
        ours, limit = (json.loads(fetch(targets[kind, party])) for kind in ("ours", "limit"))
        assert len(ours["data"]) == 50
        assert ours == limit, f"{party}: the answers differ: {ours['data'][0]} / {limit['data'][0]}"
    for target in targets.values():
        measure(target, seconds=0.5)


def _rounds(targets: dict[tuple[str, str], Target]) -> dict[tuple[str, str], Round]:
    kept: dict[tuple[str, str], list[Round]] = {key: [] for key in targets}
    for number in range(ROUNDS):
        for key, target in targets.items():
            kept[key].append(measure(target, seconds=SECONDS))
        ratio = kept["ours", "client"][-1].per_second / kept["limit", "client"][-1].per_second
        data.say(f"list: round {number + 1} of {ROUNDS}: {ratio:.3f}")
    return {key: medians(rounds) for key, rounds in kept.items()}


def _told(figures: dict[tuple[str, str], Round]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for party, prefix in (("client", ""), ("provider", "provider_")):
        ours, limit, noop = (figures[kind, party] for kind in ("ours", "limit", "noop"))
        told |= {
            f"{prefix}ratio": round(ours.per_second / limit.per_second, 3),
            f"{prefix}p50_ms": round(ours.p50_ms, 2),
            f"{prefix}limit_p50_ms": round(limit.p50_ms, 2),
            f"{prefix}per_second": round(ours.per_second),
            f"{prefix}limit_per_second": round(limit.per_second),
            f"{prefix}noop_per_second": round(noop.per_second),
        }
    return {**told, "rounds": ROUNDS}
