"""`cases`: one step of a case, as the service takes it, against what a program without promises would write.

Ours asks the guard and the gate, keeps definition, clocks, history, timeline, trail and event, behind row security; the
limit is one UPDATE and one INSERT on the driver, with the same commit. Rounds are interleaved; each times single steps.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bench import data
from core.app import create_app
from core.cases import service
from core.context import Context
from core.customers.models import Customer
from core.db import home, scope
from core.db.base import db, new_id
from core.plugin import Field, Parameter, State, Timer, Transition, Vertical, Workflow
from core.plugin.catalog import Catalog, CatalogView, LoadedVertical
from core.plugin.params import ParameterSet
from core.serving.steady import settle
from core.tenants import service as tenants

ROUNDS = 15
STEPS = 20
WARM = 3

UPDATE = (
    'UPDATE "case" SET state = %(state)s, entered_at = %(at)s, due_at = %(at)s, updated_at = %(at)s, version = version + 1'
    " WHERE tenant_id = %(tenant)s AND id = %(case)s"
)
INSERT = (
    "INSERT INTO case_step (tenant_id, id, case_id, customer_id, transition, source, target, taken_at, party, version)"
    " VALUES (%(tenant)s, %(id)s, %(case)s, %(customer)s, %(step)s, %(source)s, %(state)s, %(at)s, 'client', 1)"
)


def run() -> dict[str, Any]:
    made = data.prepare()
    app = create_app(data.bench_config())
    settle()  # as a process that serves does
    with app.app_context():
        try:
            return _run(app, made)
        finally:
            db.session.remove()
            db.engine.dispose()


def _run(app: Flask, made: dict[str, str]) -> dict[str, Any]:
    del app
    session, view = db.session(), _view()
    context = _context(session, made)
    ours, bare = _cases(session, context, view), _cases(session, context, view)
    conninfo = home.server(data.bench_config()).superuser_conninfo(home.DATABASE)
    with psycopg.connect(conninfo) as connection:
        limit = _limit(connection, context, bare)
        mine = _mine(session, context, view, ours)
        for taken in (mine, limit):
            _timed(taken, WARM * STEPS)
        kept: list[tuple[float, float]] = []
        for number in range(ROUNDS):
            pair = [_timed(taken, STEPS) for taken in ((mine, limit) if number % 2 else (limit, mine))]
            kept.append((pair[0], pair[1]) if number % 2 else (pair[1], pair[0]))
            data.say(f"cases: round {number + 1} of {ROUNDS}: {kept[-1][0] / kept[-1][1]:.2f}")
    statements = _statements(mine)
    return {
        "ratio": round(statistics.median(ours / bare for ours, bare in kept), 2),
        "p50_ms": round(1000 * statistics.median(ours for ours, _ in kept), 2),
        "limit_p50_ms": round(1000 * statistics.median(bare for _, bare in kept), 2),
        "statements": statements,
        "rounds": ROUNDS,
    }


def _timed(taken: Callable[[], None], count: int) -> float:
    """Median seconds of one step, its transaction included."""
    spent = []
    for _ in range(count):
        began = time.perf_counter()
        taken()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def _mine(session: Session, context: Context, view: CatalogView, cases: list[dict[str, Any]]) -> Callable[[], None]:
    turn = iter(range(10**9))

    def step() -> None:
        case = cases[next(turn) % len(cases)]
        key = "forth" if case["state"] == "here" else "back"
        scope.enter(session, context)
        moved = service.take_step(
            session, context=context, view=view, case_id=case["id"], version=case["version"], transition=key
        )
        case["state"], case["version"] = moved.state, moved.version
        session.commit()
        session.expunge_all()

    return step


def _limit(connection: psycopg.Connection[Any], context: Context, cases: list[dict[str, Any]]) -> Callable[[], None]:
    turn = iter(range(10**9))

    def step() -> None:
        case = cases[next(turn) % len(cases)]
        source, case["state"] = case["state"], "there" if case["state"] == "here" else "here"
        values = {
            "tenant": context.tenant_id, "case": case["id"], "customer": case["customer_id"], "id": new_id(),
            "step": "forth", "source": source, "state": case["state"], "at": datetime.now(UTC),
        }  # fmt: skip
        connection.execute(UPDATE, values, prepare=True)
        connection.execute(INSERT, values, prepare=True)
        connection.commit()

    return step


def _statements(taken: Callable[[], None]) -> int:
    """How many statements one of our steps sends, those on the driver apart."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)
        data.say("  " + " ".join(statement.split())[:110])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        taken()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def _context(session: Session, made: dict[str, str]) -> Context:
    system = tenants.system_context(session, workspace=made["workspace"])
    permissions = frozenset({"case.read", "case.open", "case.transition"})
    session.rollback()
    return replace(
        system, party="client", participant_id=UUID(made["client"]), shown_name="Bench", permissions=permissions
    )


def _cases(session: Session, context: Context, view: CatalogView, count: int = 50) -> list[dict[str, Any]]:
    """Fresh cases of customers of the largest tenant."""
    scope.enter(session, context)
    customers = session.scalars(select(Customer.id).where(Customer.number <= count)).all()
    opened = [
        service.open_case(session, context=context, view=view, customer_id=each, workflow="bench.flow")
        for each in customers
    ]
    found = [
        {"id": case.id, "state": case.state, "version": case.version, "customer_id": case.customer_id}
        for case in opened
    ]
    session.commit()
    session.expunge_all()
    return found


def _view() -> CatalogView:
    words = {"zh-CN": "工单", "en": "Case"}
    guard = {
        "op": "and",
        "of": [
            {"op": "eq", "field": "case.severity", "value": "normal"},
            {"op": "not", "of": {"op": "eq", "field": "bench.done", "value": True}},
        ],
    }
    flow = Workflow(
        key="flow", label=words, version=1,
        states=(State(key="here", label=words, kind="initial"), State(key="there", label=words),
                State(key="over", label=words, kind="done")),
        transitions=(
            Transition(key="forth", label=words, source="here", target="there", guard=guard,
                       guard_reason=words),
            Transition(key="back", label=words, source="there", target="here"),
            Transition(key="end", label=words, source="there", target="over"),
        ),
        timers=(
            Timer(key="answer", label=words, parameter="days", start="here", stops=("over",), pauses=("there",)),
        ),
    )  # fmt: skip
    days = Parameter(
        key="days", label=words, value=7, unit="day", jurisdiction="*", effective_from=date(2020, 1, 1), effective_to=None,
        source_title="Bench", source_article="1", verified=True,
    )  # fmt: skip
    loaded = LoadedVertical(
        vertical=Vertical(key="bench", label=words, version="1", requires=">=1"), distribution="kehub-bench",
        module="bench.plugin", package="core", workflows=(flow,), parameters=ParameterSet(rows=(days,)),
        fields=(Field(key="done", label=words, kind="boolean", on="case"),),
    )  # fmt: skip
    return Catalog([loaded]).everything
