"""`custom`: a list filtered and sorted by an indexed field of a vertical, against the same by a real column of the table.

The field lies in the JSONB document, is read from its slot and asked as the list of customers asks it. The real column is a
date too, `born_on`, as scattered over the table, with an index of the same form (made for the run), ordered as plainly as can
be: the cursor brings its value along. Both as a client's person, behind row security, in the tenant of 200,000; each round
asks windows of as many rows by both: the first page and the one after it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from bench import data
from core.app import create_app
from core.conditions import ValueType, compile_sql
from core.context import Context
from core.customers import queries
from core.customers.models import Customer
from core.db import home, scope
from core.db.base import db
from core.fields import slots
from core.tenants import service as tenants

FIELD = "telecom.contract_end"
"""Declared `indexed` by its vertical, so it got its slot when the vertical was switched on."""

ROUNDS = 15
WINDOWS = 40
WARM = 2
PAGE = 50

TYPES = {FIELD: ValueType(kind="date"), "born_on": ValueType(kind="date", column="born_on")}

INDEX = "CREATE INDEX IF NOT EXISTS bench_born_on ON customer (tenant_id, born_on, id) WHERE born_on IS NOT NULL"

Ask = Callable[[int], None]


def run() -> dict[str, Any]:
    made = data.prepare()
    conninfo = home.server(data.bench_config()).superuser_conninfo(home.DATABASE)
    with create_app(data.bench_config()).app_context(), psycopg.connect(conninfo, autocommit=True) as owner:
        try:
            owner.execute(INDEX)
            owner.execute("ANALYZE customer")
            return _run(db.session(), made)
        finally:
            db.session.remove()
            db.engine.dispose()
            owner.execute("DROP INDEX IF EXISTS bench_born_on")


def _run(session: Session, made: dict[str, str]) -> dict[str, Any]:
    context = tenants.system_context(session, workspace=made["workspace"])
    scope.enter(session, context)
    held = slots.ready(session, target="customer")
    if FIELD not in held:
        raise SystemExit(f"{FIELD} has no slot in the benchmark's tenant; remove {data.FOLDER} and try again")
    custom, real = _custom(session, context, held), _real(session, context)
    _timed(custom, WARM), _timed(real, WARM)
    kept: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        first, second = (custom, real) if number % 2 else (real, custom)
        spent = {first: _timed(first, WINDOWS), second: _timed(second, WINDOWS)}
        kept.append((spent[custom], spent[real]))
        data.say(f"custom: round {number + 1} of {ROUNDS}: {kept[-1][0] / kept[-1][1]:.2f}")
    session.rollback()
    return {
        "ratio": round(statistics.median(ours / theirs for ours, theirs in kept), 2),
        "p50_ms": round(1000 * statistics.median(ours for ours, _ in kept), 2),
        "column_p50_ms": round(1000 * statistics.median(theirs for _, theirs in kept), 2),
        "rounds": ROUNDS,
    }


def _timed(ask: Ask, count: int) -> float:
    """Median seconds of two pages of a window."""
    spent = []
    for number in range(count):
        began = time.perf_counter()
        ask(number)
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def _custom(session: Session, context: Context, held: Mapping[str, ColumnElement[Any]]) -> Ask:
    def pages(window: dict[str, Any]) -> None:
        filters = queries.Filters(where=[compile_sql(window, types=TYPES, model=Customer, columns=held)])
        page = queries.customer_page(session, context=context, sort=FIELD, filters=filters, slots=held)
        again = queries.customer_page(
            session, context=context, sort=FIELD, filters=filters, slots=held, after=page.next
        )
        assert len(page.rows) == len(again.rows) == PAGE

    return _windows(session, held[FIELD], FIELD, pages)


def _real(session: Session, context: Context) -> Ask:
    born, row_id = Customer.born_on, Customer.id
    order = queries.Order(
        by=[born.asc(), row_id.asc()],
        after=lambda value, last: tuple_(born, row_id) > tuple_(value, last),
        value=lambda row: row.born_on.isoformat(),
        read=date.fromisoformat,
    )

    def pages(window: dict[str, Any]) -> None:
        where = [compile_sql(window, types=TYPES, model=Customer), Customer.state == "active"]
        chosen = select(*queries.COLUMNS).where(*where)
        rows, following = queries.paged(session, chosen, order=order, after=None, limit=PAGE)
        again, _following = queries.paged(session, chosen, order=order, after=following, limit=PAGE)
        assert len(rows) == len(again) == PAGE

    del context  # the scope is open; a client's list names no lease
    return _windows(session, born, "born_on", pages)


def _windows(session: Session, column: Any, name: str, pages: Callable[[dict[str, Any]], None]) -> Ask:
    """Asks for windows that hold 1 % of the tenant's customers, another one each time."""
    first, last = (_day(end) for end in session.execute(select(func.min(column), func.max(column))).one())
    whole = (last - first).days
    days = max(1, round(whole / 100))

    def ask(number: int) -> None:
        begins = first + timedelta(days=round(number * (whole - days) / WINDOWS))
        ends = begins + timedelta(days=days - 1)
        pages({"op": "between", "field": name, "value": [begins.isoformat(), ends.isoformat()]})

    return ask


def _day(end: Any) -> date:
    return end.date() if isinstance(end, datetime) else end
