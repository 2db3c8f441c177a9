"""Who reaches a part of the rows gets no other one, in whatever way a statement names a table: bare, by an alias, or both at once.

Every table that goes with a customer, and every shape a statement of ours has; a new table joins by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import exists, func, lateral, literal, select, true, union_all
from sqlalchemy.orm import Session, aliased

from core.context import Reach
from core.db import reach
from core.db.reading import Listing
from tests.isolation.conftest import Asking
from tests.isolation.factory import BETWEEN, MODELS, TABLES, Planted
from tests.isolation.test_tables import hidden_from_dealer

FOLLOWING = [name for name in TABLES if name == "customer" or "customer_id" in MODELS[name].__table__.columns]


def outer(model: Any, alias: Any) -> Any:
    return select(alias.id).select_from(model).outerjoin(alias, alias.id == model.id)


def correlated(model: Any, alias: Any) -> Any:
    """What it finds stands in a sub-select that names the row outside."""
    other = aliased(model)
    found = select(other.id).where(other.id == alias.id).limit(1).scalar_subquery()
    return select(found).select_from(alias)


def beside(model: Any, alias: Any) -> Any:
    here = lateral(select(alias.id.label("id")).where(alias.tenant_id == model.tenant_id).limit(500))
    return select(here.c.id).select_from(model).join(here, true())


def joined_part(model: Any, alias: Any) -> Any:
    part = select(alias.id).union_all(select(model.id)).subquery()
    return select(part.c.id).select_from(model).join(part, part.c.id == model.id)


WAYS: Mapping[str, Callable[[Any, Any], Any]] = {
    "bare": lambda model, alias: select(model.id),
    "alias": lambda model, alias: select(alias.id),
    "object": lambda model, alias: select(alias),
    "both": lambda model, alias: select(alias.id).join_from(model, alias, alias.tenant_id == model.tenant_id),
    "joined": lambda model, alias: select(alias.id).join_from(model, alias, alias.id == model.id),
    "outer": outer,
    "sub-select": lambda model, alias: select(select(alias.id).subquery().c.id),
    "named": lambda model, alias: select(select(alias.id).cte("some").c.id),
    "all of both": lambda model, alias: select(union_all(select(model.id), select(alias.id)).subquery().c.id),
    "part of both": joined_part,
    "correlated": correlated,
    "beside": beside,
    "there is": lambda model, alias: select(model.id).where(exists().where(alias.id == model.id)),
    "in": lambda model, alias: select(model.id).where(model.id.in_(select(alias.id))),
}
"""How statements of ours name a table. Each finds the ids of its rows."""


WHOLE = tuple(WAYS)
EVERY_WAY = {"customer", "case", "relationship"}
"""Tables that are named in every way; the others each in another one in turn: compiling is what takes time."""


def counted(model: Any) -> Any:
    alias = aliased(model)
    return select(literal(1), select(func.count(alias.id)).scalar_subquery()).select_from(model).limit(1)


def found(session: Session, way: str, model: Any) -> set[UUID]:
    rows = session.scalars(WAYS[way](model, aliased(model))).all()
    return {getattr(row, "id", row) for row in rows if row is not None}


def outside(session: Session, model: Any, hidden: set[UUID], ways: Sequence[str] = tuple(WAYS)) -> Iterator[str]:
    """Ways that find a hidden row, or not all that the bare table shows."""
    shown = set(session.scalars(select(model.id)))
    if shown & hidden:
        yield f"{model.__tablename__}: {len(shown & hidden)} hidden"
    for way in ways:
        told = found(session, way, model)
        if told & hidden or told != shown:
            yield f"{model.__tablename__} {way}: {len(told & hidden)} hidden, {len(told)} of {len(shown)}"
    if len(ways) < len(WAYS):
        return
    row = session.execute(counted(model)).first()
    if row is not None and row[1] != len(shown):
        yield f"{model.__tablename__}: {row[1]} counted of {len(shown)}"
    if {each[0] for each in Listing(select(aliased(model).id)).fetch(session)} != shown:
        yield f"{model.__tablename__}: a listing"


def test_however_a_statement_names_a_table_the_other_units_rows_are_not_in_it(harbour: Planted, asking: Asking) -> None:
    within = Reach(units=(harbour.unit("north"),))
    faults = []
    with asking(replace(harbour.world.alice.context, reach=within)) as session:
        for at, table in enumerate(FOLLOWING):
            hidden = {row.id for row in harbour.rows[table] if hidden_from_dealer(row, harbour)}
            assert hidden, table
            faults += outside(
                session, MODELS[table], hidden, WHOLE if table in EVERY_WAY else WHOLE[at % len(WAYS) :][:1]
            )
    assert "\n".join(faults) == ""
    assert {"relationship", "duplicate_pair", "customer_merge"} <= BETWEEN.keys() & set(FOLLOWING)


def test_however_a_statement_names_cases_a_provider_finds_its_own_alone(harbour: Planted, asking: Asking) -> None:
    dan = harbour.world.dan.context
    within = Reach(own=dan.participant_id)
    cases = {row.id: row for row in harbour.rows["case"]}
    with asking(replace(dan, reach=within)) as session:
        faults = list(outside(session, MODELS["case"], set()))
        shown = set(session.scalars(select(MODELS["case"].id)))
    assert faults == []
    assert {cases[each].values["assignee_id"] for each in shown} == {dan.participant_id}
    assert shown < cases.keys()


def test_two_people_in_turn_each_find_their_own(harbour: Planted, asking: Asking) -> None:
    """What SQLAlchemy keeps of a statement for one of them does not serve the other."""
    found: list[set[UUID]] = []
    units: Sequence[str] = ("north", "south", "north", "south")
    for name in units:
        within = Reach(units=(harbour.unit(name),))
        with asking(replace(harbour.world.alice.context, reach=within)) as session:
            alias = aliased(MODELS["customer"])
            found.append(set(session.scalars(select(alias.id))))
    assert found[0] == found[2]
    assert found[1] == found[3]
    assert found[0].isdisjoint(found[1])


def test_a_criterion_that_does_not_know_an_alias_is_noticed(
    harbour: Planted, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the tests above would prove nothing."""
    usual, within = reach.with_loader_criteria, Reach(units=(harbour.unit("north"),))
    reach._options.cache_clear()
    monkeypatch.setattr(
        reach, "with_loader_criteria", lambda *of, **how: usual(*of, **{**how, "include_aliases": False})
    )
    try:
        with asking(replace(harbour.world.alice.context, reach=within)) as session:
            shown = set(session.scalars(select(MODELS["customer"].id)))
            told = found(session, "alias", MODELS["customer"])
        assert shown < told
    finally:
        reach._options.cache_clear()
