"""Through slot columns that the database fills itself, a condition selects the same customers as the closure takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import Session

from core.conditions import compile_predicate, compile_sql, flatten
from core.customers.models import Customer
from core.db import scope
from core.fields import slots
from core.plugin import Choice, Field, label
from tests.core.conditions.trees import COLUMNS, TYPES, conditions, documents

IN_DOCUMENT = {name: of for name, of in TYPES.items() if name not in COLUMNS}
INDEXED = {name: of for name, of in IN_DOCUMENT.items() if of.kind in slots.SLOTS_OF}

INSERT = text(
    "INSERT INTO customer (tenant_id, id, number, kind, state, name, name_key, country, legal_hold, attributes, version)"
    " SELECT :tenant, uuidv7(), -n, 'person', 'active', n::text, n::text, 'CN', false, document, 1"
    " FROM jsonb_array_elements(cast(:documents AS jsonb)) WITH ORDINALITY AS sent(document, n)"
    " RETURNING -number AS n, attributes"
).execution_options(**scope.RLS_ONLY)


@pytest.fixture
def held(session: Session, world: Any) -> Iterator[Mapping[str, ColumnElement[Any]]]:
    """The columns of the fields, in a transaction that is never committed."""
    scope.enter(session, world.alice.context)
    fields = {
        name: Field(
            key=name.partition(".")[2], label=label("字段", "Field"), kind=of.kind, indexed=True,
            choices=tuple(Choice(key=key, label=label(key, key)) for key in sorted(of.choices or ())),
        )
        for name, of in INDEXED.items()
    }  # fmt: skip
    assert slots.index(session, context=world.alice.context, target="customer", fields=fields) == []
    yield slots.ready(session, target="customer")
    session.rollback()


def uses_document(tree: Mapping[str, Any]) -> bool:
    inner = tree.get("of")
    parts = inner if isinstance(inner, list) else [inner] if inner else []
    return all(uses_document(each) for each in parts) if inner is not None else tree["field"] not in COLUMNS


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=conditions.filter(uses_document), rows=st.lists(documents(), min_size=1, max_size=8))
def test_slots_select_what_the_closure_takes(
    session: Session,
    world: Any,
    held: Mapping[str, ColumnElement[Any]],
    tree: dict[str, Any],
    rows: list[dict[str, Any]],
) -> None:
    sent = [nested(row) for row in rows]
    columns = {name: held[name] for name in INDEXED}
    connection = session.connection()
    with connection.begin_nested() as example:
        values = {"tenant": world.alice.context.tenant_id, "documents": json.dumps(sent)}
        kept = session.execute(INSERT, values).all()
        chosen = compile_sql(tree, types=IN_DOCUMENT, model=Customer, columns=columns)
        taken = set(session.scalars(select(Customer.number).where(Customer.number < 0, chosen)))
        example.rollback()
    ask = compile_predicate(tree, types=IN_DOCUMENT)
    assert taken == {-row.n for row in kept if ask(flatten(row.attributes))}


def nested(row: Mapping[str, Any]) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for name in IN_DOCUMENT:
        if name in row:
            owner, key = name.split(".")
            held.setdefault(owner, {})[key] = row[name]
    return held
