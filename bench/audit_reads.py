"""`audit`: reads of one customer over REST, noted in the trail, against the same program that notes nothing.

16 clients of one tenant ask at the same time for customers by turns: the cheapest read, so that a note weighs the most. Each
note is an INSERT in the read's own transaction, whose commit does not wait for the disk. Rounds are interleaved; the ratio is
the median of the rounds' ratios.
"""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from bench import data
from bench.load import Round, Target, exchange, fetch, served
from core.db import home

CLIENTS = 16
WORKERS = 2
ROUNDS = 15
SECONDS = 1.0
WARM_SECONDS = 2.0
CUSTOMERS = 50
PROGRAMS = {"audited": "wsgi:app", "unaudited": "bench.unaudited:app"}
COUNT = "SELECT count(*) FROM audit_entry WHERE tenant_id = %s AND action = 'customer.read'"


def run() -> dict[str, Any]:
    made = data.prepare()
    token = data.tokens(made)["client"]
    environment = {"KEHUB_DATA_DIR": str(data.FOLDER)}
    conninfo = home.server(data.bench_config()).superuser_conninfo(home.DATABASE)
    with (
        served(PROGRAMS["audited"], environment=environment, workers=WORKERS) as audited,
        served(PROGRAMS["unaudited"], environment=environment, workers=WORKERS) as unaudited,
        psycopg.connect(conninfo, autocommit=True) as database,
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        targets = {"audited": _targets(audited, token), "unaudited": _targets(unaudited, token)}
        noted = 0
        for each in targets.values():
            _round(clients, each, seconds=WARM_SECONDS)
        kept: dict[str, list[Round]] = {kind: [] for kind in targets}
        for number in range(ROUNDS):
            for kind in reversed(targets) if number % 2 else targets:
                before = _count(database, made["tenant_id"])
                found, answers = _round(clients, targets[kind], seconds=SECONDS)
                kept[kind].append(found)
                notes = _count(database, made["tenant_id"]) - before
                assert notes == (answers if kind == "audited" else 0), f"{kind}: {answers} answers, {notes} notes"
                noted += notes
            data.say(f"audit: round {number + 1} of {ROUNDS}: {_ratios(kept)[-1]:.3f}")
        database.execute(
            "DELETE FROM audit_entry WHERE tenant_id = %s AND action = 'customer.read'", [made["tenant_id"]]
        )
    return _told(kept, noted=noted)


def _targets(port: int, token: str) -> list[Target]:
    """The same customers of each program."""
    headers = {"Authorization": f"Bearer {token}"}
    listed = json.loads(fetch(Target(port, f"/api/v1/customers?limit={CUSTOMERS}", headers)))["data"]
    return [Target(port, f"/api/v1/customers/{row['id']}", headers) for row in listed]


def _round(clients: ThreadPoolExecutor, targets: Sequence[Target], *, seconds: float) -> tuple[Round, int]:
    """Every client asks as long as told. Requests per second of all together, and how many there were."""
    began = time.perf_counter()
    until = began + seconds
    jobs = [clients.submit(_ask, targets[start:] + targets[:start], until) for start in range(CLIENTS)]
    times = [each for job in jobs for each in job.result()]
    took = time.perf_counter() - began
    return Round(len(times) / took, statistics.median(times) * 1000), len(times)


def _ask(targets: Sequence[Target], until: float) -> list[float]:
    times = []
    for target in itertools.cycle(targets):
        began = time.perf_counter()
        if began > until:
            break
        answer = exchange(target.port, target.request)
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        times.append(time.perf_counter() - began)
    return times


def _count(database: psycopg.Connection[Any], tenant_id: str) -> int:
    row = database.execute(COUNT, [tenant_id]).fetchone()
    return int(row[0]) if row else 0


def _ratios(kept: dict[str, list[Round]]) -> list[float]:
    pairs = zip(kept["audited"], kept["unaudited"], strict=True)
    return [audited.per_second / unaudited.per_second for audited, unaudited in pairs]


def _told(kept: dict[str, list[Round]], *, noted: int) -> dict[str, Any]:
    audited, unaudited = (
        Round(statistics.median(r.per_second for r in kept[kind]), statistics.median(r.p50_ms for r in kept[kind]))
        for kind in ("audited", "unaudited")
    )
    return {
        "ratio": round(statistics.median(_ratios(kept)), 3),
        "p50_ms": round(audited.p50_ms, 2),
        "unaudited_p50_ms": round(unaudited.p50_ms, 2),
        "per_second": round(audited.per_second),
        "unaudited_per_second": round(unaudited.per_second),
        "noted": noted,
        "clients": CLIENTS,
        "rounds": ROUNDS,
    }
