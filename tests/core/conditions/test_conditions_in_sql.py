"""The SQL form of a condition selects exactly the rows that the closure takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Date, DateTime, Integer, Text, column, func, literal, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from core.conditions import compile_predicate, compile_sql
from tests.core.conditions.trees import COLUMNS, TYPES, conditions, documents


def nested(row: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a flat row that lies in `attributes`."""
    held: dict[str, Any] = {}
    for name, value in row.items():
        if name not in COLUMNS:
            owner, key = name.split(".")
            held.setdefault(owner, {})[key] = value
    return held


def table_of(rows: list[dict[str, Any]]) -> Any:
    """The rows as a table expression with the columns of `trees.TYPES`."""
    sent = [
        {"n": n, "attributes": nested(row), **{name: row.get(name) for name in COLUMNS}} for n, row in enumerate(rows)
    ]
    raw = text(
        "SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
        " AS raw(n integer, state text, since date, seen_at timestamptz, attributes jsonb)"
    ).bindparams(rows=json.dumps(sent, default=str))
    return raw.columns(n=Integer, state=Text, since=Date, seen_at=DateTime(timezone=True), attributes=JSONB).subquery()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=conditions, rows=st.lists(documents(), min_size=1, max_size=20))
def test_the_database_selects_what_the_closure_takes(
    session: Session, tree: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    table = table_of(rows)
    connection = session.connection()
    # Its own savepoint, so that one failing example does not make the next ones fail.
    with connection.begin_nested():
        taken = connection.scalars(select(table.c.n).where(compile_sql(tree, types=TYPES, model=table.c))).all()
    ask = compile_predicate(tree, types=TYPES)
    assert set(taken) == {n for n, row in enumerate(rows) if ask(row)}


def test_a_leaf_on_a_column_stays_plain_enough_for_an_index() -> None:
    leaf = {"op": "eq", "field": "state", "value": "active"}
    sql = compile_sql(leaf, types=TYPES, model=table_of([]).c)
    assert str(sql.compile(dialect=postgresql.dialect())) == "anon_1.state = %(state_1)s::VARCHAR"


def test_a_field_may_be_read_from_its_slot() -> None:
    leaf = {"op": "ge", "field": "funeral.guests", "value": 3}
    sql = compile_sql(leaf, types=TYPES, model=None, columns={"funeral.guests": column("n01", BigInteger)})
    assert str(sql.compile(dialect=postgresql.dialect())) == "n01 >= %(n01_1)s::BIGINT"


def test_counting_with_a_filter_skips_rows_without_the_value(session: Session) -> None:
    table = table_of([{"funeral.guests": guests} for guests in (None, 2, 5)])
    few = compile_sql({"op": "le", "field": "funeral.guests", "value": 2}, types=TYPES, model=table.c)
    counted = session.connection().scalar(select(func.count(literal(1)).filter(few)).select_from(table))
    assert counted == 1
