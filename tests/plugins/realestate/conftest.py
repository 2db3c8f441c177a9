"""Real estate alone in a catalog, its rules as the gate asks them, and a project with units in a tenant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.customers.service import create_customer
from core.db import scope
from core.facade import create_record, view_of
from core.plugin.catalog import CatalogView
from core.testing.people import World, make_world
from tests.plugins.asking import Asking, alone

PERMIT = {
    "sale_basis": "presale", "presale_permit_no": "沪房预 101", "permit_valid_from": "2020-01-01",
    "permit_valid_until": "2099-12-31",
}  # fmt: skip


@pytest.fixture(scope="session")
def view() -> CatalogView:
    return alone("realestate")


@pytest.fixture(scope="session")
def ask(view: CatalogView) -> Asking:
    return Asking(view, "realestate")


@pytest.fixture(scope="session")
def law(shared_data: Path) -> Path:
    folder = shared_data.parent / "law"
    if not folder.is_dir():
        pytest.skip("the library of law is not here")
    return folder


@dataclass(frozen=True)
class Estate:
    """A tenant of this vertical alone. `unit(...)` adds a unit of a project, `buyer()` a customer; both commit."""

    world: World
    unit: Callable[..., UUID]
    buyer: Callable[[], UUID]


@pytest.fixture(scope="module")
def sellers(app: Any) -> World:
    return make_world(app, verticals=("realestate",))


@pytest.fixture
def estate(session, sellers) -> Estate:
    context = sellers.alice.context

    def made(kind: str, parent: UUID | None = None, **values: Any) -> UUID:
        scope.enter(session, context)
        view = view_of(session, context=context)
        state = values.pop("state", None)
        return create_record(
            session, context=context, view=view, type=f"realestate.{kind}", parent_id=parent, state=state, values=values
        ).id

    def unit(name: str = "3-1-1502", *, state: str = "available", **project: Any) -> UUID:
        above = made("project", project_name="云栖", **{**PERMIT, **project})
        building = made("building", above, building_name="3 号楼")
        found = made("unit", building, unit_name=name, state=state, list_price="2000000")
        session.commit()
        return found

    def buyer() -> UUID:
        scope.enter(session, context)
        customer = create_customer(session, context=context, values={"name": "陈晓"})
        session.commit()
        return customer.id

    return Estate(sellers, unit, buyer)
