"""`search`: two-character names in a tenant of 200,000 as the application finds them, over the bare query of the same index.

Ours is `queries.customers` on what somebody typed: the term read as name, number, telephone and identifier, one statement behind
row security and within the person's scope. Bare is the one SELECT a superuser would write: the same index, rows, columns and
order, prepared. Both are asked by turns in an open transaction; the ratio is the median of the terms' ratios. `all` is the whole
search, as a page makes it: four kinds, and the entry in the trail.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg

from bench import data
from core.app import create_app
from core.context import CLEAR, Context
from core.db import append, home, scope
from core.db.base import db
from core.search import queries, service
from core.search.queries import Span
from core.search.terms import asked
from core.tenants import service as tenants

NAMES = 24
ROUNDS = 15
SPAN = Span(50)

BARE = """
SELECT c.id, c.number, c.kind, c.state, c.name, c.phone, c.region, c.owner_id, c.updated_at FROM customer c
 WHERE search_keys(c.tenant_id, (c.name_key || ' '::text) || COALESCE(c.name_sound, ''::text)) @@ %(words)s::tsquery
   AND c.tenant_id IS NOT DISTINCT FROM %(tenant)s
 ORDER BY c.name_key <> %(name)s, NOT starts_with(c.name_key, %(name)s), c.updated_at DESC, c.id LIMIT 51
"""


def run() -> dict[str, Any]:
    made = data.prepare()
    config = data.bench_config()
    app = create_app(config)
    with (
        app.app_context(),
        psycopg.connect(home.server(config).superuser_conninfo(home.DATABASE)) as bare,
    ):
        session = db.session()
        context = _reader(session, made)
        scope.enter(session, context)
        told = _measured(session, context, bare, view=app.extensions["kehub"]["view_of"](session, context))
        session.rollback()
        db.session.remove()
        db.engine.dispose()
    return told


def _reader(session: Any, made: dict[str, str]) -> Context:
    system = tenants.system_context(session, workspace=made["workspace"])
    session.rollback()
    permissions = frozenset({"customer.read", "case.read", "record.read", CLEAR})
    return replace(system, party="client", participant_id=UUID(made["client"]), permissions=permissions)


def _measured(session: Any, context: Context, bare: psycopg.Connection[Any], *, view: Any) -> dict[str, Any]:
    names = _names(bare, context.tenant_id)
    ours: dict[str, list[float]] = {name: [] for name in names}
    limit: dict[str, list[float]] = {name: [] for name in names}
    whole: list[float] = []
    for number in range(ROUNDS + 1):
        for name in names:
            ways = [
                (ours, lambda name=name: _ours(session, context, name)),
                (limit, lambda name=name: _bare(bare, context, name)),
            ]
            for kept, way in reversed(ways) if number % 2 else ways:
                kept[name].append(_seconds(way))
            if number == 0:
                _same(_ours(session, context, name), _bare(bare, context, name), name)
            whole.append(_seconds(lambda name=name: _whole(session, context, view, name)))
        data.say(f"search: round {number} of {ROUNDS}")
    ratios = [statistics.median(ours[name][1:]) / statistics.median(limit[name][1:]) for name in names]
    return {
        "ratio": round(statistics.median(ratios), 3),
        "worst": round(max(ratios), 3),
        "p50_ms": _ms(value for name in names for value in ours[name][1:]),
        "bare_p50_ms": _ms(value for name in names for value in limit[name][1:]),
        "all_p50_ms": _ms(whole[len(names) :]),
        "names": len(names),
        "rounds": ROUNDS,
    }


def _names(bare: psycopg.Connection[Any], tenant_id: UUID) -> Sequence[str]:
    """Whole names of two characters, drawn evenly from the tenant's customers."""
    rows = bare.execute(
        "SELECT DISTINCT ON (number %% %(few)s) name FROM customer WHERE tenant_id = %(tenant)s AND length(name) = 2"
        " ORDER BY number %% %(few)s, number", {"tenant": tenant_id, "few": NAMES * 4},
    ).fetchall()  # fmt: skip
    return sorted({row[0] for row in rows})[:NAMES]


def _ours(session: Any, context: Context, name: str) -> list[Any]:
    wanted = asked(name, context=context)
    assert wanted is not None
    return [row.id for row in queries.customers(session, context=context, asked=wanted, span=SPAN)]


def _whole(session: Any, context: Context, view: Any, name: str) -> None:
    """With its entry in the trail, which would else be sent with whatever is asked next: a search of ours."""
    service.find(session, context=context, view=view, term=name)
    append.send(session)


def _bare(bare: psycopg.Connection[Any], context: Context, name: str) -> list[Any]:
    words = f"'{context.tenant_id.hex[-6:]}{name}'"
    values = {"words": words, "tenant": context.tenant_id, "name": name}
    return [row[0] for row in bare.execute(BARE, values, prepare=True).fetchall()]


def _same(ours: Sequence[Any], limit: Sequence[Any], name: str) -> None:
    assert ours, f"{name}: nobody has this name, so nothing is compared"
    assert list(ours) == list(limit), f"{name}: the answers differ"


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ms(values: Any) -> float:
    return round(statistics.median(list(values)) * 1000, 3)
