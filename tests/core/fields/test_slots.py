"""Indexed fields lie in slots: filled by whatever writes a row, used by lists once all are there, given back when released."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, text

from core.context import Context
from core.customers import queries, service
from core.customers.models import Customer
from core.db import scope
from core.errors import Conflict, Invalid
from core.fields import slots
from core.fields.models import FieldSlot
from core.jobs.models import BulkRun
from core.plugin import Field, label
from core.testing.jobs import work_off

TENURE = "telecom.tenure_months"


def field(kind: Any = "integer", key: str = "tenure_months") -> Field:
    return Field(key=key, label=label("客数", "Guests"), kind=kind, indexed=True)


def add(session: Any, context: Context, name: str, **values: Any) -> Customer:
    made = service.create_customer(session, context=context, values={"name": name}, attributes={"telecom": values})
    session.commit()
    scope.enter(session, context)
    return made


@pytest.fixture
def client(session: Any, world: Any) -> Context:
    scope.enter(session, world.alice.context)
    context: Context = world.alice.context
    return context


def slot_of(session: Any, name: str) -> FieldSlot:
    found: FieldSlot = session.scalars(select(FieldSlot).where(FieldSlot.field == name)).one()
    return found


def index(session: Any, context: Context, name: str = TENURE, kind: Any = "integer") -> None:
    slots.index_one(session, context=context, target="customer", name=name, field=field(kind, name.partition(".")[2]))
    session.commit()
    scope.enter(session, context)


def names(session: Any, context: Context, sort: str, *, limit: int = 50) -> Sequence[str]:
    found: list[str] = []
    after = None
    while True:
        page = queries.customer_page(
            session, context=context, sort=sort, limit=limit, after=after,
            slots=slots.ready(session, target="customer"),
        )  # fmt: skip
        found += [row.name for row in page.rows]
        after = page.next
        if after is None:
            return found


def test_a_row_fills_its_slot_whoever_writes_it(session: Any, client: Context) -> None:
    index(session, client)
    made = add(session, client, "甲", tenure_months=7)
    slot = slot_of(session, TENURE).slot
    assert session.scalar(select(getattr(Customer, slot)).where(Customer.id == made.id)) == 7
    statement = text('UPDATE customer SET attributes = \'{"telecom": {"tenure_months": 9}}\' WHERE id = :id')
    session.execute(statement.execution_options(**scope.RLS_ONLY), {"id": made.id})
    assert session.scalar(select(getattr(Customer, slot)).where(Customer.id == made.id)) == 9


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", "a", "a"), ("text", "", None), ("text", 3, None), ("boolean", True, "true"), ("boolean", "true", None),
        ("integer", 3, 3), ("integer", "3", None), ("integer", 1.5, None), ("money", 2**62, 2**62), ("money", 2**64, None),
        ("date", "2024-02-29", "2024-02-29"), ("date", "29.2.2024", None), ("datetime", "2024-02-29T08:00:00Z", "2024-02-29"),
    ],
)  # fmt: skip
def test_a_slot_holds_what_a_condition_would_read_from_the_document(
    session: Any, client: Context, kind: Any, given: Any, kept: Any
) -> None:
    index(session, client, kind=kind)
    made = add(session, client, "甲")
    statement = text(
        "UPDATE customer SET attributes = jsonb_build_object('telecom', cast(:held AS jsonb)) WHERE id = :id"
    )
    session.execute(
        statement.execution_options(**scope.RLS_ONLY), {"id": made.id, "held": json.dumps({"tenure_months": given})}
    )
    value = session.scalar(select(getattr(Customer, slot_of(session, TENURE).slot)).where(Customer.id == made.id))
    assert (value if not hasattr(value, "date") else value.date().isoformat()) == kept


def test_rows_that_were_there_are_filled_by_a_job_and_lists_wait_for_it(
    app: Any, session: Any, client: Context
) -> None:
    add(session, client, "甲", tenure_months=7)
    version = session.scalar(select(Customer.version).where(Customer.name == "甲"))
    index(session, client)
    assert slots.ready(session, target="customer").keys().isdisjoint({TENURE})
    run_id = slot_of(session, TENURE).run_id
    session.rollback()
    work_off(app, tenant_id=client.tenant_id)
    scope.enter(session, client)
    session.expire_all()
    assert TENURE in slots.ready(session, target="customer")
    row = session.execute(
        select(getattr(Customer, slot_of(session, TENURE).slot), Customer.version).where(Customer.name == "甲")
    ).one()
    assert tuple(row) == (7, version), "nothing that anybody sees has changed"
    run = session.get_one(BulkRun, (client.tenant_id, run_id))
    assert (run.state, run.counts) == ("done", {"rows": 1})


def test_a_list_sorted_by_a_field_ends_with_those_without_a_value(session: Any, client: Context) -> None:
    index(session, client)
    for name, guests in (("乙", 2), ("甲", 1), ("丁", None), ("丙", 2), ("戊", None)):
        add(session, client, name, **({"tenure_months": guests} if guests else {}))
    assert names(session, client, TENURE) == ["甲", "乙", "丙", "丁", "戊"]
    assert names(session, client, f"-{TENURE}") == ["丙", "乙", "甲", "丁", "戊"]
    for limit in (1, 2, 3, 4):
        assert names(session, client, TENURE, limit=limit) == ["甲", "乙", "丙", "丁", "戊"], "in pages of any length"


def test_without_its_slot_a_field_sorts_nothing(session: Any, client: Context) -> None:
    with pytest.raises(Invalid):
        queries.customer_page(session, context=client, sort=TENURE, slots={})


def test_a_released_slot_is_emptied_before_another_field_gets_it(app: Any, session: Any, client: Context) -> None:
    index(session, client)
    add(session, client, "甲", tenure_months=7)
    slot = slot_of(session, TENURE).slot
    slots.release(session, context=client, target="customer", names=[TENURE])
    session.commit()
    work_off(app, tenant_id=client.tenant_id)
    scope.enter(session, client)
    assert session.scalars(select(FieldSlot).where(FieldSlot.field == TENURE)).all() == []
    assert session.scalar(select(getattr(Customer, slot)).where(Customer.name == "甲")) is None


def test_when_no_slot_is_left_that_is_said(session: Any, client: Context) -> None:
    many = {f"own.n{number}": field(key=f"n{number}") for number in range(20)}
    left = slots.index(session, context=client, target="customer", fields=many)
    assert 0 < len(left) < 20
    with pytest.raises(Conflict, match="No more fields"):
        index(session, client)


def test_a_number_with_decimals_cannot_be_indexed(session: Any, client: Context) -> None:
    with pytest.raises(Invalid, match="cannot be indexed"):
        index(session, client, kind="decimal")


def test_what_a_vertical_declares_indexed_has_slots_when_it_is_switched_on(session: Any, client: Context) -> None:
    found = slots.ready(session, target="customer")
    assert "telecom.contract_end" in found
    assert "telecom.msisdn" in slots.ready(session, target="record:telecom.line")
