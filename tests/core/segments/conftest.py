"""A client of one's own for each file, customers with a monthly charge, and runs worked to their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from core.customers import service as customers
from core.db import scope
from core.jobs.tasks import job_context, step
from core.testing.people import make_world


@pytest.fixture(scope="module")
def world(app: Any) -> Any:
    return make_world(app, verticals=("telecom",))


@pytest.fixture
def charged(session: Any, world: Any, acting: Any) -> Callable[..., list[UUID]]:
    """Customers with these monthly charges (None: without), in their order, committed."""

    def make(*charges: int | None, **values: Any) -> list[UUID]:
        context = acting(world.alice)
        made = []
        for number, charge in enumerate(charges):
            attributes = {"telecom": {"monthly_charge": charge}} if charge is not None else None
            given = {"name": f"Customer {number}", **values}
            made.append(customers.create_customer(session, context=context, values=given, attributes=attributes).id)
        session.commit()
        acting(world.alice)
        return made

    return make


@pytest.fixture
def worked(session: Any, world: Any) -> Callable[[UUID], None]:
    """A run that is going, worked to its end as the job does, slice by slice."""

    def work(run_id: UUID) -> None:
        session.rollback()
        context = job_context(tenant_id=world.tenant_id, participant_id=None)
        while step(session, context=context, run_id=run_id, queued=False):
            pass
        scope.enter(session, world.alice.context)

    return work
