"""`gate`: one full decision on a contact in the tenant of 200,000 customers, and how fast rules alone are asked.

A decision is `core.gate.service.decide`: facts from the database, 60 rules, the stored decision, its trail and timeline, in
a transaction of its own. The customers are leased ones, each with consents and two months of contacts. `p99_ms` is the 99th
percentile over the client's and the provider's decisions, to the last statement before the commit; `commit_p99_ms` has the
commit too, which waits for the disk. They are those of rounds in which the machine was ours (`bench/quiet.py`): a hundredth
of all is what a busy host takes alone; `quiet` is the part of the rounds that counted. `evals_per_s` asks the compiled
conditions of the rules on subjects in memory, one after the other; `rules_per_s` is `evaluate` as a whole: core rules,
hours, budgets, parameters, functions, reasons.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench import data
from bench.quiet import Watch, apart
from core.app import create_app
from core.context import Context
from core.customers.models import Customer
from core.db import append, home, scope
from core.db.base import db
from core.gate import service as gate
from core.gate import subject as subjects
from core.gate.facts import Question, gather
from core.gate.prepared import Ready, prepared
from core.gate.verdicts import evaluate
from core.identity.directory import context_of
from core.plugin import Parameter, Reason, Rule, Vertical
from core.plugin.catalog import Catalog, CatalogView, LoadedVertical
from core.plugin.params import ParameterSet
from core.serving.steady import settle
from core.tenants import service as tenants

RULES = 60
CONDITIONS = 40
ROUNDS, MOST = 15, 150
"""Rounds that count, and how many are tried for them."""

ROUND = 100
"""Decisions, each on another customer."""

SUBJECTS = 500
EVALUATIONS = 400_000
WORDS = {"zh-CN": "基准", "en": "Bench"}

FILL = """
INSERT INTO consent (tenant_id, id, customer_id, purpose, channel, status, captured_at, version)
SELECT tenant_id, uuidv7(), customer_id, 'marketing', channel, 'granted', now() - interval '90 days', 1
FROM lease CROSS JOIN (VALUES ('phone'), ('sms')) c (channel) WHERE tenant_id = %(tenant)s;
INSERT INTO interaction (tenant_id, id, number, customer_id, channel, direction, purpose, disposition, started_at, party,
                         ungated, version)
SELECT tenant_id, uuidv7(), row_number() OVER (), customer_id, 'phone', 'outbound',
       (array['marketing', 'service'])[1 + g %% 2], 'no_answer', now() - g * interval '6 days 5 hours', 'client', false, 1
FROM lease CROSS JOIN generate_series(1, 10) g WHERE tenant_id = %(tenant)s;
"""


def run() -> dict[str, Any]:
    made = data.prepare()
    _fill(made)
    with apart(_in_use()):
        return _measured(made)


def _measured(made: dict[str, str]) -> dict[str, Any]:
    app = create_app(data.bench_config())
    settle()  # as a process that serves does
    with app.app_context():
        session = db.session()
        view = _view(app)
        contexts = [_context(session, made, party) for party in ("client", "provider")]
        ids = _customers(session, contexts[1])
        times, whole, tried = _decisions(session, contexts, view, ids)
        told = _in_memory(session, contexts[0], view, ids)
        db.engine.dispose()
    return {
        "p50_ms": _percentile(times, 50),
        "p99_ms": _percentile(times, 99),
        "commit_p99_ms": _percentile(whole, 99),
        **told,
        "rules": RULES,
        "decisions": len(times),
        "quiet": round(len(times) / ROUND / tried, 2),
    }


def _fill(made: dict[str, str]) -> None:
    """Consents and contacts of the leased customers, made once."""
    conninfo = home.server(data.bench_config()).superuser_conninfo(home.DATABASE)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM interaction WHERE tenant_id = %s LIMIT 1", [made["tenant_id"]]).fetchone():
            return
        data.say("gate: making consents and contacts of the leased customers ...")
        for statement in FILL.split(";")[:-1]:
            connection.execute(statement, {"tenant": made["tenant_id"]})
        connection.execute("VACUUM (ANALYZE) consent, interaction")


def _in_use() -> int:
    """The process of a server that has the data in memory, as one has that works for the tenant all day."""
    server = home.server(data.bench_config())
    with psycopg.connect(server.superuser_conninfo(home.DATABASE), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        connection.execute(
            "SELECT sum(pg_prewarm(oid, 'read')) FROM pg_class"
            " WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace AND relpages > 0"
        )
    postmaster = server.pid()
    assert postmaster is not None
    return postmaster


def _view(app: Flask) -> CatalogView:
    """Telecom's rules on a contact, and as many others as make sixty: conditions, and functions with a parameter."""
    telecom = app.extensions["kehub"]["catalog"].verticals["telecom"]
    own = sum(rule.action == "outbound_contact" for rule in telecom.rules)
    rules = [_condition(n) if n < CONDITIONS else _function(n) for n in range(RULES - own)]
    vertical = Vertical(key="bench", label=WORDS, version="1", requires=">=1")
    numbers = ParameterSet(
        rows=tuple(
            Parameter(
                key=f"limit_{n}", value=70 + n, unit="months", jurisdiction="*", effective_from=date(2000, 1, 1),
                effective_to=None, source_title="Bench", source_article=str(n), verified=True, label=WORDS,
            )
            for n in range(CONDITIONS, RULES)
        )
    )  # fmt: skip
    bench = LoadedVertical(
        vertical=vertical, distribution="bench", module="bench", package="core", rules=tuple(rules), parameters=numbers
    )
    return Catalog([telecom, bench]).everything


def _condition(n: int) -> Rule:
    when = {"op": "and", "of": [
        {"op": "gt", "field": "telecom.tenure_months", "value": n},
        {"op": "eq", "field": "purpose", "value": "marketing"},
        {"op": "or", "of": [{"op": "eq", "field": "telecom.value_tier", "value": "silver"},
                            {"op": "ge", "field": "telecom.monthly_charge", "value": 15000 + n}]},
    ]}  # fmt: skip
    return Rule(
        key=f"condition_{n}", label=WORDS, action="outbound_contact", citation="Bench", verdict="warn", when=when
    )


def _function(n: int) -> Rule:
    def decide(subject: Mapping[str, Any], parameters: Mapping[str, Any]) -> Reason | None:
        months = subject["attributes"].get("telecom", {}).get("tenure_months", 0)
        if months <= parameters[f"limit_{n}"]:
            return None
        return Reason(code=f"bench.{n}", text=WORDS, verdict="warn", parameters=(f"limit_{n}",))

    return Rule(
        key=f"function_{n}", label=WORDS, action="outbound_contact", citation="Bench", parameters=(f"limit_{n}",),
        decide=decide,
    )  # fmt: skip


def _context(session: Session, made: dict[str, str], party: str) -> Context:
    system = tenants.system_context(session, workspace=made["workspace"])
    scope.enter(session, system)
    found = context_of(session, context=system, participant_id=UUID(made[party]))
    session.commit()
    assert found is not None
    return found


def _customers(session: Session, context: Context) -> list[UUID]:
    """Leased customers in an order of chance, so that what the database has at hand is not the same again."""
    scope.enter(session, context)
    found = list(session.scalars(select(Customer.id).limit(20_000)))
    session.commit()
    random.Random(7).shuffle(found)
    return found


def _decisions(
    session: Session, contexts: list[Context], view: CatalogView, ids: list[UUID]
) -> tuple[list[float], list[float], int]:
    """Milliseconds to the last statement, and with the commit, of the rounds that count; and how many were tried.

    Where the machine never was ours, those of all rounds.
    """
    _round(session, contexts, view, ids[:ROUND])
    quiet: list[tuple[float, float]] = []
    all_of_them: list[tuple[float, float]] = []
    tried = 0
    while tried < MOST and len(quiet) < ROUNDS * ROUND:
        tried += 1
        watch = Watch()
        told = _round(session, contexts, view, ids[tried * ROUND : (tried + 1) * ROUND])
        all_of_them += told
        if watch.quiet():
            quiet += told
    counted = quiet or all_of_them
    return [ready for ready, _ in counted], [done for _, done in counted], tried


def _round(session: Session, contexts: list[Context], view: CatalogView, ids: list[UUID]) -> list[tuple[float, float]]:
    found = []
    for number, customer_id in enumerate(ids):
        context = contexts[number % len(contexts)]
        scope.enter(session, context)
        began = time.perf_counter()
        gate.decide(
            session, context=context, view=view, customer_id=customer_id, purpose="marketing",
            channel="phone" if number % 3 else "email",
        )  # fmt: skip
        append.send(session)
        ready = time.perf_counter()
        session.commit()
        found.append(((ready - began) * 1000, (time.perf_counter() - began) * 1000))
    return found


def _in_memory(session: Session, context: Context, view: CatalogView, ids: list[UUID]) -> dict[str, Any]:
    scope.enter(session, context)
    at = datetime.now(UTC) - timedelta(seconds=1)
    question = Question(
        context=context, view=view, customer_ids=ids[:SUBJECTS], purpose="marketing", channel="email", at=at
    )
    facts = list(gather(session, question).values())
    session.commit()
    made = [subjects.from_facts(each, question) for each in facts]
    ready = prepared(view).on("outbound_contact")
    gc.collect()
    return {"evals_per_s": _evaluations(ready, made), "rules_per_s": _rules(made, view, context)}


def _evaluations(ready: tuple[Ready, ...], made: list[subjects.Subject]) -> int:
    conditions = [each.holds for each in ready if each.holds is not None]
    flats = [each.flat("bench") for each in made]
    rounds = max(1, EVALUATIONS // (len(conditions) * len(flats)))
    began = time.perf_counter()
    for _ in range(rounds):
        for flat in flats:
            for holds in conditions:
                holds(flat)
    return round(rounds * len(flats) * len(conditions) / (time.perf_counter() - began))


def _rules(made: list[subjects.Subject], view: CatalogView, context: Context) -> int:
    began = time.perf_counter()
    for each in made:
        evaluate(each, view=view, action="outbound_contact", country=context.country)
    return round(len(made) * RULES / (time.perf_counter() - began))


def _percentile(times: list[float], percent: int) -> float:
    return round(statistics.quantiles(times, n=100)[percent - 1], 2)
