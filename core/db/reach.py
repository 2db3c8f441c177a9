"""Row scope: a person who does not reach all rows of a tenant gets one more condition on each that belongs to somebody.

1. A customer is reached through its owner, its unit, or a condition over its fields. 2. A row that names a customer goes with it,
and one between two customers with both; a new table with a `customer_id` joins by itself. 3. A row of no customer goes with its
unit, or with that of its record; one that has neither is everybody's.
4. A provider's people reach what is leased; narrower, it is the cases of theirs and of their team.
Who reaches all pays nothing: their statements stay what they are (`core.db.scope`, `core.db.reading`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Table, Uuid, and_, any_, bindparam, exists, false, or_, select
from sqlalchemy.orm import Session, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption

from core.context import Reach
from core.db.base import TenantModel

OWN, UNITS = "reach_own", "reach_units"
Criterion = Callable[[Any], ColumnElement[bool]]

COMPILERS: list[Callable[[str, Any], ColumnElement[bool]]] = []
"""How a condition becomes SQL over a customer's columns. Filled by `core.identity.reach`: conditions are a layer above."""


def options(within: Reach, party: str) -> Sequence[LoaderCriteriaOption]:
    """What the ORM adds to every select, update and delete of a person with this reach."""
    return _options(within, party)


def condition(model: type[TenantModel], within: Reach | None, party: str) -> ColumnElement[bool] | None:
    """The same for a statement that the ORM's wall does not touch. None where there is nothing to add."""
    if within is None:
        return None
    make = dict(_conditions(within, party)).get(model)
    return None if make is None else make(model)


def reaches(session: Session, customers: Sequence[UUID], *, within: Reach | None) -> list[UUID]:
    """Of these customers those that are reached, in their order."""
    if within is None:
        return list(customers)
    model = _customer()
    wanted = select(model.id).where(model.id == any_(bindparam("asked", list(customers), type_=ARRAY(Uuid))))
    found = set(session.scalars(wanted))
    return [each for each in customers if each in found]


@lru_cache(maxsize=1024)
def _options(within: Reach, party: str) -> Sequence[LoaderCriteriaOption]:
    return tuple(
        with_loader_criteria(
            model,
            _own_code(make, f"{model.__module__} {model.__name__} {party} {within!r}"),
            include_aliases=True,
            track_closure_variables=False,
        )
        for model, make in _conditions(within, party)
    )


def _own_code(make: Criterion, name: str) -> Criterion:
    """With code of its own: SQLAlchemy keeps what a criterion says by its code, and asks it for each alias of a table."""

    def criterion(entity: Any) -> ColumnElement[bool]:
        return make(entity)

    criterion.__code__ = criterion.__code__.replace(co_name=name)
    return criterion


def _conditions(within: Reach, party: str) -> Iterator[tuple[type[TenantModel], Criterion]]:
    """`criterion(entity)`: of the mapped class, or of an alias of it."""
    for mapper in TenantModel.registry.mappers:
        model, table = mapper.class_, mapper.local_table
        if not isinstance(table, Table):
            continue
        if party == "provider":
            if table.name == "case":
                yield model, partial(_work, within=within)
        elif table.name == "customer":
            yield model, partial(_reached, within=within)
        elif "customer_id" in table.columns:
            yield model, partial(_following, table=table, within=within)


def _reached(customer: Any, within: Reach) -> ColumnElement[bool]:
    """The customer itself; `customer` has its columns as attributes."""
    parts = [_owned(customer.owner_id, within), _placed(customer.unit_id, within)]
    parts += [compile_(each, customer) for each in within.where for compile_ in COMPILERS]
    return or_(false(), *(part for part in parts if part is not None))


def _following(model: Any, table: Table, within: Reach) -> ColumnElement[bool]:
    """A row that names a customer. The customer's table is taken bare, so that no wall of the ORM is added twice."""
    found = _held(model, "customer_id", within)
    found = and_(found, *(_held(model, name, within) for name in _others(table)))
    if not table.columns["customer_id"].nullable:
        return found
    nobodys = model.customer_id.is_(None)
    if "unit_id" in table.columns:
        nobodys = and_(nobodys, _stands(model, within))
    elif "record_id" in table.columns:
        record = _table("record").alias("reached_record")
        kept = exists().where(record.c.tenant_id == model.tenant_id, record.c.id == model.record_id)
        nobodys = and_(nobodys, or_(model.record_id.is_(None), kept.where(_stands(record.c, within))))
    return or_(nobodys, found)


def _held(model: Any, name: str, within: Reach) -> ColumnElement[bool]:
    holder = _table("customer").alias("reached_customer")
    return exists().where(
        holder.c.tenant_id == model.tenant_id, holder.c.id == getattr(model, name), _reached(holder.c, within)
    )


def _others(table: Table) -> list[str]:
    """The columns of the customers at the other ends of a row."""
    columns = (each for each in table.columns if each.name not in ("tenant_id", "customer_id") and not each.nullable)
    return sorted(
        each.name for each in columns if any(key.column.table.name == "customer" for key in each.foreign_keys)
    )


def _stands(row: Any, within: Reach) -> ColumnElement[bool]:
    """What is of no customer: in a unit that is reached, or in none."""
    placed = _placed(row.unit_id, within)
    return or_(row.unit_id.is_(None), false() if placed is None else placed)


def _work(case: Any, within: Reach) -> ColumnElement[bool]:
    """A provider's case: one's own, one that stands in the team, or that somebody of the team has."""
    person = _table("participant").alias("reached_person")
    assigned = exists().where(
        person.c.tenant_id == case.tenant_id, person.c.id == case.assignee_id, person.c.unit_id == _units(within)
    )
    parts = [_owned(case.assignee_id, within), _placed(case.unit_id, within), assigned if within.units else None]
    return or_(false(), *(part for part in parts if part is not None))


def _owned(column: Any, within: Reach) -> ColumnElement[bool] | None:
    return None if within.own is None else column == bindparam(OWN, within.own, type_=Uuid(), unique=False)


def _placed(column: Any, within: Reach) -> ColumnElement[bool] | None:
    return column == _units(within) if within.units else None


def _units(within: Reach) -> Any:
    return any_(bindparam(UNITS, list(within.units), type_=ARRAY(Uuid), unique=False))


def _customer() -> Any:
    return next(each.class_ for each in TenantModel.registry.mappers if each.local_table is _table("customer"))


def _table(name: str) -> Table:
    found: Table = TenantModel.metadata.tables[name]
    return found
